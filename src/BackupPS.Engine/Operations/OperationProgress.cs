namespace BackupPS.Engine;

/// <summary>How far an operation is.</summary>
/// <param name="Phase">What it does now: <c>Scanning</c>, <c>Saving</c>, <c>Restoring</c>, <c>Verifying</c>, ...</param>
/// <param name="ItemsDone">Items (files or objects) handled so far.</param>
/// <param name="ItemsTotal">Items in all, or 0 while that is not known.</param>
/// <param name="BytesDone">Bytes handled so far.</param>
/// <param name="BytesTotal">Bytes in all, or 0 while that is not known.</param>
/// <param name="Current">The item under way; may be empty.</param>
public readonly record struct OperationProgress(string Phase, long ItemsDone, long ItemsTotal, long BytesDone, long BytesTotal, string Current);
