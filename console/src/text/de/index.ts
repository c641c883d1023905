import type { Catalogue } from ".."
import { chats } from "./chats"
import { common } from "./common"
import { messages } from "./messages"
import { people } from "./people"
import { signIn } from "./signIn"

export const de: Catalogue = { chats, common, messages, people, signIn }
