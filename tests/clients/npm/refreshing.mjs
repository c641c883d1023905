// A client whose access token has expired goes on by itself, and what it writes then is written once.
import { createHmac } from "node:crypto";
import { ChatRequest, refusal, say, signedIn, startChat } from "./parlour.mjs";

const DAY_SECONDS = 24 * 60 * 60;

/** The same token as the server would have signed it with its key some days ago. */
function expired(token) {
    const [head, content] = token.split(".");
    const claims = JSON.parse(Buffer.from(content, "base64url"));
    claims.iat -= 30 * DAY_SECONDS;
    claims.exp = claims.iat + DAY_SECONDS;
    const signed = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
    return `${signed}.${createHmac("sha256", process.env.KEY).update(signed).digest("base64url")}`;
}

function letTokenExpire(client) {
    if (client.bearerToken) client.bearerToken = expired(client.bearerToken);
    else client.cookies["ss-tok"].value = expired(client.cookies["ss-tok"].value);
}

const { client } = await signedIn("ben");
const chat = await startChat(client, "Late");
const token = () => client.bearerToken ?? client.cookies["ss-tok"].value;
// A program that keeps its tokens, and not the cookies of its session.
for (const name of ["ss-id", "ss-pid", "ss-opt"]) delete client.cookies[name];
letTokenExpire(client);
const before = token();

await client.post(say(chat, "Sorry, I was away."));
const { chat: [seen] } = await client.get(new ChatRequest({ chatId: chat.chatId }));
const isFresh = token() !== before;

const lost = await signedIn("ben");
for (const name of ["ss-id", "ss-pid", "ss-opt", "ss-reftok"]) delete lost.client.cookies[name];
lost.client.refreshToken = lost.client.bearerToken === undefined ? undefined : "not.a.token";
letTokenExpire(lost.client);
console.log(JSON.stringify({
    messages: seen.messageCount,
    isFresh,
    withoutRefreshToken: await refusal(() => lost.client.get(new ChatRequest())),
}));
