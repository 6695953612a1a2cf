namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Kinds of <see cref="Step"/>; the numbers are those of the journal.</summary>
internal enum StepKind : byte
{
    /// <summary>A new item takes its place; what has it is kept.</summary>
    Put = 1,
    /// <summary>An item goes; it is kept.</summary>
    Remove = 2,
    /// <summary>An item gets other metadata.</summary>
    Mend = 3,
}
