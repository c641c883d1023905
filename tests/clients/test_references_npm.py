"""Compiles a server's TypeScript types, and uses them with the npm client against the same server."""

import subprocess
import urllib.request
from pathlib import Path

from tests.support.node import MODULES, node_modules, run_module
from tests.support.served import served

PROGRAM = """
import { JsonServiceClient } from "@servicestack/client";
import { Chat, ChatRequest } from "./dtos.js";

const client = new JsonServiceClient(process.env.SERVER!);
client.setCredentials("ben@demo.example", "parlour-demo");
const started = await client.post(new ChatRequest({ chat: new Chat({ chatName: "Fence" }) }));
const listed = await client.get(new ChatRequest({ chatId: started.chat![0].chatId }));
const names: (string | undefined)[] = listed.chat!.map(chat => chat.chatName);
console.log(JSON.stringify({ names, members: listed.chat![0].memberCount }));
"""

GLOBALS = "declare const process: { env: Record<string, string | undefined> };"


def test_a_program_calls_the_server_with_its_generated_types(tmp_path: Path) -> None:
    node_modules()
    (tmp_path / "node_modules").symlink_to(MODULES)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "program.ts").write_text(GLOBALS + PROGRAM)
    with served(tmp_path / "data", "--demo", settings={"throttles": "off"}) as server:
        with urllib.request.urlopen(f"{server.url}/types/typescript") as answer:
            (tmp_path / "dtos.ts").write_bytes(answer.read())

        _compile(tmp_path)

        said = run_module(tmp_path / "program.js", SERVER=server.url)
    assert said == {"names": ["Fence"], "members": 1}


def _compile(folder: Path) -> None:
    tsc = MODULES / "typescript" / "bin" / "tsc"
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--pretty", "false"]
    ran = subprocess.run(
        ["node", str(tsc), *options, "program.ts"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stdout
