import type { Catalogue } from ".."
import { admin } from "./admin"
import { chats } from "./chats"
import { common } from "./common"
import { first } from "./first"
import { keys } from "./keys"
import { me } from "./me"
import { messages } from "./messages"
import { people } from "./people"
import { push } from "./push"
import { search } from "./search"
import { signIn } from "./signIn"

export const de: Catalogue = { admin, chats, common, first, keys, me, messages, people, push, search, signIn }
