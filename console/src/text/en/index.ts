import { chats } from "./chats"
import { common } from "./common"
import { messages } from "./messages"
import { people } from "./people"
import { signIn } from "./signIn"

export const en = { chats, common, messages, people, signIn }
