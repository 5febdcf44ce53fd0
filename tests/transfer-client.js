// Google's own client for Node against a loopback port: what GitLab's program
// does with it, call by call.  Prints one line for each.
//
//	node transfer-client.js PORT KEY_FILE	(NODE_PATH tells where it is)
//
// SPDX-License-Identifier: MIT
'use strict';
const { StorageTransferServiceClient } = require('@google-cloud/storage-transfer').v1;

const [port, keyFilename] = process.argv.slice(2);
const client = new StorageTransferServiceClient({
  fallback: true, apiEndpoint: '127.0.0.1', port: Number(port), protocol: 'http', keyFilename,
});
const projectId = 'glb-test-project';
const jobName = 'transferJobs/uploads-backup';

const job = (path) => ({
  name: jobName,
  projectId,
  transferSpec: {
    gcsDataSource: { bucketName: 'from', path: '' },
    gcsDataSink: { bucketName: 'into', path },
  },
  status: 'ENABLED',
});

async function say(what, call) {
  try {
    console.log(what, await call());
  } catch (e) {
    console.log(what, 'error', e.code, e.message);
  }
}

async function main() {
  const update = (more) => client.updateTransferJob({ jobName, projectId, ...more });
  const sink = ([j]) => `${j.status} ${j.transferSpec.gcsDataSink.path}`;
  const run = () => client.runTransferJob({ jobName, projectId });
  await say('get', () => client.getTransferJob({ jobName, projectId }));
  await say('create', async () => sink(await client.createTransferJob({ transferJob: job('one/') })));
  await say('again', () => client.createTransferJob({ transferJob: job('') }));
  const { projectId: _, ...bare } = job('two/');
  await say('update', async () => sink(await update({ transferJob: bare })));
  const masked = { transferSpec: job('three/').transferSpec, status: 'ENABLED' };
  const paths = ['transfer_spec', 'status'];
  await say('masked', async () => sink(await update({ transferJob: masked, updateTransferJobFieldMask: { paths } })));
  let operation;
  await say('run', async () => ([operation] = await run()) && operation.metadata.transferJobName);
  await say('busy', run);
  await say('done', async () => {
    const [, metadata] = await operation.promise();
    const c = metadata.counters;
    return `${metadata.status} ${c.objectsCopiedToSink} ${c.bytesCopiedToSink} ${metadata.transferSpec.gcsDataSink.path}`;
  });
  const filter = JSON.stringify({ projectId, jobNames: [jobName] });
  await say('list', async () => (await client.listTransferJobs({ filter }))[0].map((j) => j.name).join());
  await say('agent', async () => (await client.getGoogleServiceAccount({ projectId }))[0].accountEmail);
  await say('delete', async () => JSON.stringify((await client.deleteTransferJob({ jobName, projectId }))[0]));
  await say('deleted', async () => (await client.getTransferJob({ jobName, projectId }))[0].status);
}

main();
