import "./styles/index.css"
import { render } from "preact"
import { followAddress } from "./state/address"
import { start } from "./state/session"
import { setLanguage } from "./text"
import { App } from "./views/App"

followAddress()
void setLanguage(undefined)
void start()
render(<App />, document.getElementById("console") as HTMLElement)
