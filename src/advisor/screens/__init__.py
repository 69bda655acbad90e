"""Every page of the web application in its states, rendered by the application itself into files that need no server."""
