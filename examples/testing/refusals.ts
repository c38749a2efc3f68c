import { createTestHufu, type TestHufu, type TestServer } from 'hufu/testing';

/** @param createServer makes the team's own server, as a handler of Fetch requests or as a URL */
export async function testRefusals(createServer: (hufu: TestHufu) => TestServer): Promise<void> {
  const hufu = await createTestHufu();
  try {
    const server = createServer(hufu);
    const ann = await hufu.user();
    const { data } = await ann.client(server).send('{ orders }');
    if (data === null) throw new Error('A signed-in user has orders.');

    await hufu.forEachReason(async (reason, user) => {
      const { errors } = await user.client(server).send('{ orders }');
      if (errors[0]?.extensions['reason'] !== reason) throw new Error(`It is not refused as ${reason}.`);
    });

    hufu.advance({ days: 31 });
    const { errors } = await ann.client(server).send('{ orders }');
    if (errors[0]?.extensions['reason'] !== 'EXPIRED') throw new Error('The session has not expired.');
  } finally {
    await hufu.stop();
  }
}
