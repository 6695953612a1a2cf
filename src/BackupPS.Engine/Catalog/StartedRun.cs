namespace BackupPS.Engine.Catalog;

/// <summary>A run under way. It holds all that was recorded, so that it can be ended in a catalog that was deleted meanwhile.</summary>
/// <param name="RunId">32 hexadecimal digits.</param>
/// <param name="Start">What was known when it began.</param>
/// <param name="Started">When it began (UTC).</param>
/// <param name="Process">Who runs it.</param>
internal sealed record StartedRun(string RunId, RunStart Start, DateTime Started, ProcessIdentity Process);
