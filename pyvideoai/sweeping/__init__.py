"""Several runs of one file: settings that are tried, one after another or on several devices, and their table.

plan      read a sweep's file, and check all of its runs before the first one starts
children  train each run in a process of its own; finished runs are passed over, interrupted ones go on
table     what came out, run by run and averaged over seeds or folds
Imports engine, inspection and what is below; imported by commands.
"""
