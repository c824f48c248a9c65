"""Debian's python3-socketio as a client of the cluster: client.py URL TRANSPORT TOKEN CONVERSATION.

Joins the conversation and prints what it hears, one JSON array [name, payload] a line, until its input ends.
"""

import json
import sys
import threading

import socketio

url, transport, token, conversation = sys.argv[1:]
client = socketio.Client()
printing = threading.Lock()

# The library gives each message a thread of its own, and these overtake one another.
trigger = client.eio._trigger_event
client.eio._trigger_event = lambda event, *args, run_async=False: trigger(event, *args, run_async=False)


def say(name, payload=None):
    with printing:
        print(json.dumps([name, payload]), flush=True)


@client.on("*")
def hear(event, payload=None):
    say(event, payload)


client.connect(url, auth={"token": token}, transports=[transport], socketio_path="/socket.io")
say("acknowledged", client.call("join_conversation", {"conversation_id": conversation}))
sys.stdin.read()
client.disconnect()
