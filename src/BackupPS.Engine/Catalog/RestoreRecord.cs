namespace BackupPS.Engine.Catalog;

/// <summary>A restore in place that is under way, or that was interrupted.</summary>
/// <param name="RunId">Its run.</param>
/// <param name="Destination">Absolute path of the folder that it restores into.</param>
/// <param name="Proof">What its journal has, too, and nobody else can know.</param>
/// <param name="Holders">The folders in which it keeps work folders; the first has the journal.</param>
internal sealed record RestoreRecord(string RunId, string Destination, string Proof, IReadOnlyList<RestoreHolder> Holders);
