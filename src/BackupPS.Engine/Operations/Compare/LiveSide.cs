using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>A folder of this host that was saved, with all that is in it.</summary>
internal sealed class LiveSide : IFolderSide
{
    // One call to the system looks at so many: enough to spare calls, few enough to hold in memory.
    private const int InfosAtATime = 256;

    private readonly LiveFiles files;
    private readonly SourceFolder place;
    private readonly NameList names;
    private readonly FilterScope? scope;
    private readonly bool excluded;
    private readonly Dictionary<int, PlatformException> failures = [];
    private ItemInfo[] infos = [];
    private int first;
    private int next;

    private LiveSide(LiveFiles files, SourceFolder place, NameList names, FilterScope? scope, bool excluded)
    {
        this.files = files;
        this.place = place;
        this.names = names;
        this.scope = scope;
        this.excluded = excluded;
    }

    /// <inheritdoc/>
    public SourceFolder? Place => place;

    /// <summary>Lists a folder.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="place">The folder.</param>
    /// <param name="around">What the filter knows around it.</param>
    /// <param name="path">Its absolute path.</param>
    /// <param name="excluded">Whether the policy leaves it out now, so that only what the snapshot has of it counts.</param>
    /// <returns><see langword="null"/>: it cannot be read, which was told.</returns>
    public static LiveSide? TryOpen(LiveFiles files, SourceFolder place, FilterScope? around, string path, bool excluded = false)
    {
        try
        {
            IFolder folder = place.Open();
            var names = new NameList();
            folder.ReadNames(names);
            names.Sort();
            return new LiveSide(files, place, names, around?.Enter(path, folder, names, files.OnFault), excluded);
        }
        catch (PlatformException e)
        {
            place.Close();
            files.Tell(e, path);
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask<TreeEntry?> NextAsync(CancellationToken cancellationToken)
    {
        while (next < names.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (next == first + infos.Length) Look();
            int item = next++;
            byte[] name = names[item].ToArray();
            PlatformException? failure;
            try
            {
                if (!failures.Remove(item, out failure)) return ValueTask.FromResult<TreeEntry?>(files.Describe(place, name, infos[item - first]));
            }
            catch (PlatformException e)
            {
                failure = e;
            }

            // What has vanished since the folder was listed is not there.
            if (failure.Failure == PlatformFailure.NotFound) continue;
            files.Tell(failure, place.PathOf(name));
            return ValueTask.FromResult<TreeEntry?>(new TreeEntry { Name = name, Kind = default });
        }

        return ValueTask.FromResult<TreeEntry?>(null);
    }

    /// <inheritdoc/>
    public bool Omits(TreeEntry entry, string path) => excluded || Decide(path) == FilterDecision.Exclude;

    /// <inheritdoc/>
    public IFolderSide? TryEnter(TreeEntry entry, string path)
    {
        // A file system of its own that the policy leaves out is no part of what is compared.
        FilterDecision? decision = Decide(path);
        if (decision == FilterDecision.KeepEmpty) return null;
        LiveSide? inner = TryOpen(files, new SourceFolder(place, entry.Name), scope, path, excluded || decision == FilterDecision.Exclude);

        // A deep tree would need more handles than a process has.
        if (!place.IsKept) place.Close();
        return inner;
    }

    /// <inheritdoc/>
    public void Dispose() => place.Close();

    private FilterDecision? Decide(string path) => scope?.Decide(path, infos[next - 1 - first]);

    private void Look()
    {
        first = next;
        infos = new ItemInfo[Math.Min(InfosAtATime, names.Count - first)];
        try
        {
            place.Open().GetInfos(names, first, infos, (item, e) => failures[item] = e);
        }
        catch (PlatformException e)
        {
            for (int item = first; item < first + infos.Length; item++) failures[item] = e;
        }
    }
}
