import "./styles/index.css"
import { render } from "preact"
import { followAddress } from "./state/address"
import { startPush } from "./state/push"
import { start } from "./state/session"
import { startWorker } from "./state/worker"
import { setLanguage } from "./text"
import { App } from "./views/App"

followAddress()
void setLanguage(undefined)
startWorker()
startPush()
void start()
render(<App />, document.getElementById("console") as HTMLElement)
