"""The advisor for assistants: its use cases as tools of the Model Context Protocol.

Thin over the service, as the command line, the pages and the HTTP API are. Nothing here judges, and nothing here has words of
its own: those are in `prompts/<language>/phrases/assistants.yaml`.
"""
