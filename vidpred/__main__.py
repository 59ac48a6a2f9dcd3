"""python -m vidpred"""
from vidpred.cli import main

main()
