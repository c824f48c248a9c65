// node server.mjs PORT DIRECTORY: S3 on loopback, with a bucket named files.
import S3rver from 's3rver';

const [port, directory] = process.argv.slice(2);
await new S3rver({ port: Number(port), address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'files' }] }).run();
console.log('listening');
