import { view } from "../state/address"
import { me } from "../state/store"
import { Shell } from "./Shell"
import { SignIn } from "./SignIn"

export function App() {
  if (me.value === null || view.value.name === "signIn") return <SignIn />
  if (me.value === undefined) return null
  return <Shell />
}
