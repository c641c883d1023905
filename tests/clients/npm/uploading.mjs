// Uploads files with tus-js-client: in parts, with a lost connection between them, and one that is given up.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Upload } from "tus-js-client";

const { SERVER, CALLER, FILE } = process.env;
const content = randomBytes(3_500_000);
writeFileSync(FILE, content);

const options = {
    endpoint: `${SERVER}/v1/Uploads`,
    headers: { Authorization: CALLER },
    chunkSize: 1_000_000,
    retryDelays: null,
    metadata: { filename: "Plän.bin", filetype: "image/png" },
};

/** The upload, once `until` has called its first argument. */
const started = until => new Promise((resolve, reject) => {
    const upload = new Upload(content, { ...options, onError: reject, ...until(() => resolve(upload), () => upload) });
    upload.start();
});
const finished = more => started(done => ({ ...more, onSuccess: done }));
const failed = more => finished(more).then(() => null, error => error.originalResponse);

// The connection is lost in the second part.
const lost = await started((done, upload) => ({
    onProgress: sent => {
        if (sent > 1_200_000)
            upload().abort().then(done);
    },
}));
let firstOffset = null;
const resumed = await finished({ uploadUrl: lost.url, onProgress: sent => { firstOffset ??= sent; } });

// One that is given up leaves nothing on the server.
const ended = await started((done, upload) => ({ onChunkComplete: () => upload().abort(true).then(done) }));
const gone = await fetch(ended.url, { method: "HEAD", headers: { ...options.headers, "Tus-Resumable": "1.0.0" } });

const whole = await finished({ chunkSize: Infinity });
console.log(JSON.stringify({
    resumed: resumed.url === lost.url ? resumed.url : "another upload",
    whole: whole.url,
    firstOffset,
    gone: gone.status,
    refusal: (await failed({ headers: {} })).getStatus(),
    tooLarge: (await failed({ uploadSize: 200_000_000 })).getBody(),
}));
