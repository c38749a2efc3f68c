import {
  type CanActivate,
  Catch,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
} from '@nestjs/common';
import { GqlExecutionContext, type GqlExceptionFilter } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { type HostContext, requireUser } from 'hufu';

const hostContext = (context: ExecutionContext) =>
  GqlExecutionContext.create(context).getContext<HostContext>();

/** Throws UNAUTHENTICATED, with the reason, for a request without a live session. */
@Injectable()
export class HufuGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    requireUser(hostContext(context));
    return true;
  }
}

/** The signed-in user. Without HufuGuard it may be null. */
export const CurrentUser = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => hostContext(context).user,
);

/** Keeps Nest from logging each refusal as a fault of the server. */
@Catch(GraphQLError)
export class RefusalFilter implements GqlExceptionFilter {
  catch(refusal: GraphQLError) {
    return refusal;
  }
}
