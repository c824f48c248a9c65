"""Debian's python3-socketio as a client of the cluster: client.py URL TRANSPORT TOKEN CONVERSATION.

Joins the conversation and prints the events it receives, one JSON array [name, payload] a line, until its input ends.
"""

import json
import sys
import threading

import socketio

url, transport, token, conversation = sys.argv[1:]
client = socketio.Client()
printing = threading.Lock()

# The library handles each message in a thread of its own, so that messages would overtake one another.
trigger = client.eio._trigger_event
client.eio._trigger_event = lambda event, *args, run_async=False: trigger(event, *args, run_async=False)


def report(name, payload=None):
    with printing:
        print(json.dumps([name, payload]), flush=True)


@client.on("*")
def receive(event, payload=None):
    report(event, payload)


client.connect(url, auth={"token": token}, transports=[transport], socketio_path="/socket.io")
report("acknowledged", client.call("join_conversation", {"conversation_id": conversation}))
sys.stdin.read()
client.disconnect()
