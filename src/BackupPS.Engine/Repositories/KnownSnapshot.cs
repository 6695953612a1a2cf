namespace BackupPS.Engine.Repositories;

/// <summary>A snapshot that was read before.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Length">Length of its object in the store, in bytes.</param>
/// <param name="Record">What it holds; <see langword="null"/> where it is not of the selection that was asked for.</param>
/// <param name="NoteNumber">Number of the note that was read; -1: none.</param>
/// <param name="Note">What that note says; <see langword="null"/>: none was read.</param>
internal sealed record KnownSnapshot(string Id, long Length, SnapshotRecord? Record, int NoteNumber, SnapshotNote? Note);
