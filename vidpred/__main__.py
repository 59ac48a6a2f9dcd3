"""python -m vidpred"""

from vidpred.cli.app import main

main()
