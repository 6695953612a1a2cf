namespace BackupPS.Engine.Policies;

/// <summary>One policy of a file.</summary>
/// <param name="Policy">The policy; its repository may be empty.</param>
/// <param name="Text">The file.</param>
/// <param name="Start">The byte where the policy begins.</param>
/// <param name="Places">The bytes where its members begin, by name, and the texts in its arrays.</param>
internal sealed record PolicyFileEntry(BackupPolicy Policy, PolicyFileText Text, long Start, IReadOnlyDictionary<string, long> Places)
{
    /// <summary>The same error, with its place in the file: the member that the error names, or the policy.</summary>
    public BackupException Locate(BackupException error)
    {
        foreach ((string name, long offset) in Places)
        {
            if (error.Target == name || error.Message.StartsWith(name + " ", StringComparison.Ordinal)) return At(offset);
        }

        return At(Start);

        BackupException At(long offset) => new(error.Error, $"{Text.Place(offset)}: {error.Message}", Policy.PolicyName, error);
    }
}
