"""`python -m integrations.gateway.cli`: the same as `qiantai`."""

from integrations.gateway.cli.main import main

main()
