// Uploads a file with tus-js-client, as any page would. The first argument is JSON: endpoint, token, file, store (where
// uploads are remembered), metadata, and what else goes to the client as it is. With stopAt it ends after so many bytes.
import { createReadStream } from "node:fs";
import { FileUrlStorage, Upload } from "tus-js-client";

const { token, file, store, stopAt = Infinity, pause = 0, ...options } = JSON.parse(process.argv[2]);

const upload = new Upload(createReadStream(file), {
  ...options,
  headers: { Authorization: `Bearer ${token}` },
  urlStorage: new FileUrlStorage(store),
  onBeforeRequest: () => new Promise((go) => setTimeout(go, pause)),
  onProgress: (sent) => sent >= stopAt && process.exit(7),
  onSuccess: () => console.log(upload.url),
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
});
const [earlier] = await upload.findPreviousUploads();
if (earlier) {
  upload.resumeFromPreviousUpload(earlier);
  console.error(`resumes ${earlier.uploadUrl}`);
}
upload.start();
