# One node: the transpiled program with the packages that it needs, and nothing that builds or installs. The last stage
# runs no command; all of it is copied.

FROM node:26-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package needs a script of its own to have run, so none is given the chance.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY src ./src
RUN npm run --silent build
# What `npm start` runs, without npm: package.json alone has the flags of V8.
RUN printf '#!/bin/sh\nexec %s\n' "$(node -p 'require("./package.json").scripts.start')" >start && chmod 755 start
# The transpiler has done its work. The folder is for the embedded database, where one is wanted.
RUN rm -rf node_modules/esbuild node_modules/@esbuild node_modules/.bin && mkdir .data

FROM node:26-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
ENV HOST=0.0.0.0
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/start ./
COPY drizzle ./drizzle
COPY schema.graphql ./
COPY --from=build --chown=1000:1000 /app/.data ./.data
# By number, so that a cluster can tell that it is not root; the base image calls it `node`.
USER 1000:1000
EXPOSE 4000
# The node serves for 5 s more, finishes what it has accepted and ends within 10 s of that: give it `--stop-timeout 20`.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["./start"]
