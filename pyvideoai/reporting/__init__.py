"""What a run tells people: console and log file, summary.csv, TensorBoard, figures, saved predictions.

Only `reporter.Reporter` and `predictions.save_predictions` are called from above. Nothing here steers a run: all of it
can be made again from the history in a checkpoint. Importing this package loads nothing heavy; pandas, matplotlib and
TensorBoard are imported where they are used.
"""
