using BackupPS.Engine;

namespace BackupPS.Soak.Children;

/// <summary>A process that does one thing over and over, says what it did, and ends when its input does: also when nobody is left to end it.</summary>
internal abstract class SoakChild(ChildOptions options)
{
    /// <summary>Beginnings of what a child says; the rest of the line is the id, or what happened.</summary>
    public const string Ready = "ready", Committed = "committed ", Removing = "removing ", Failed = "failed ", Freed = "freed ", Unkept = "unkept ", Wrong = "wrong ";

    // A store that is full or cannot be written is tried again soon, and not all the time.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(150);

    protected ChildOptions Options => options;

    protected Random Random { get; } = new(options.Seed);

    protected static RunCallbacks Callbacks => new()
    {
        // Nothing changes the tree beside the backup, and no object is ever lost: whatever is warned of is a defect, but for what cannot be kept or deleted
        // on a disk that is full or read-only, and for a parent that was removed and swept between its choice and its reading: its files are read again.
        OnFault = static fault => Say(Wrong, $"fault {fault.Error.Id} {fault.Path}: {fault.Reason}"),
        OnWarning = static warning =>
        {
            bool unkept = warning.Contains("its session object could not be deleted", StringComparison.Ordinal) || warning.Contains("cannot be used", StringComparison.Ordinal)
                || warning.Contains("packs are not written anew", StringComparison.Ordinal) || warning.Contains("a disturbance that may pass", StringComparison.Ordinal)
                || warning.Contains("A part of the parent snapshot cannot be read", StringComparison.Ordinal);
            Say(unkept ? Unkept : Wrong, "warning " + warning);
        },
    };

    public static void Say(string beginning, string rest = "")
    {
        // One call for a line, which is whole or absent when the process is killed.
        Console.Out.Write(beginning + rest.ReplaceLineEndings(" ") + "\n");
        Console.Out.Flush();
    }

    /// <summary>Works until it is told to end.</summary>
    /// <returns>0, or 1 where nothing was done at all.</returns>
    public async Task<int> RunAsync()
    {
        using var told = new CancellationTokenSource();
        if (options.Count == 0)
        {
            _ = Task.Run(async () =>
            {
                await Console.In.ReadToEndAsync();
                await told.CancelAsync();
            });
        }

        await using BackupEngine engine = options.Site.CreateEngine(options.Site.HomeOf(options.Name), options.ClockAhead);
        bool prepared = false;
        int done = 0;
        for (int i = 0; !told.IsCancellationRequested && (options.Count == 0 || i < options.Count); i++)
        {
            try
            {
                if (!prepared) await PrepareAsync(engine);
                prepared = true;
                await WorkAsync(engine, i);
                done++;
            }
            catch (BackupException e)
            {
                Say(Failed, $"{e.Error.Id} {e.Message}");
                await Task.Delay(PauseAfterFailure);
            }
        }

        return done > 0 || options.Count == 0 ? 0 : 1;
    }

    /// <summary>Brings the home to where work can begin. A former process may have been killed in the middle of it.</summary>
    protected virtual async Task PrepareAsync(BackupEngine engine)
    {
        await engine.ConnectRepositoryAsync(Site.RepositoryName, options.Site.Vault, null, CancellationToken.None);
        Say(Ready);
    }

    /// <summary>Does its thing once.</summary>
    protected abstract Task WorkAsync(BackupEngine engine, int number);
}
