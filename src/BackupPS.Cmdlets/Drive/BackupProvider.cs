using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Provider;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// The Backup: drive: repositories, policies, their hosts where there are several, snapshots and what they hold, as folders. It only reads, opens what it is asked for, and never prompts.
/// </summary>
[CmdletProvider("Backup", ProviderCapabilities.None)]
[OutputType(typeof(BackupRepository), typeof(BackupPolicy), typeof(BackupSnapshot), typeof(BackupItem), ProviderCmdlet = ProviderCmdlet.GetItem)]
[OutputType(typeof(BackupRepository), typeof(BackupPolicy), typeof(BackupSnapshot), typeof(BackupItem), ProviderCmdlet = ProviderCmdlet.GetChildItem)]
public sealed class BackupProvider : ReadOnlyProvider
{
    private const string DriveName = "Backup";

    // What PowerShell looks for while it expands wildcards: the whole path, then the name that is sought in one folder.
    private string sought = "";
    private bool expands;

    // PowerShell makes a provider for each record of a command: what it found out holds for as long.
    private DriveTree? tree;

    private DriveTree Tree => tree ??= new DriveTree(ModuleSession.Current.GetEngine(), ModuleSession.Current.Drive);

    /// <inheritdoc/>
    public override IContentReader? GetContentReader(string path)
    {
        DrivePath file = DrivePath.Parse(path);
        try
        {
            if (Call(token => Tree.IsFolderAsync(file, token)) == true) throw new BackupException(BackupError.ItemNotFile, $"'{path}' is a folder, and has no content.", path);
        }
        catch (BackupException e)
        {
            WriteError(Record(e, path));
            return null;
        }

        var content = new PumpedStream(token => Tree.OpenContentAsync(file, token), work =>
        {
            try
            {
                return Call(token => new ValueTask<int>(work(token)));
            }
            catch (BackupException e)
            {
                ThrowTerminatingError(Record(e, path));
                throw;
            }
        });
        return new BackupContentReader(content, GetContentParameters.From(DynamicParameters));
    }

    /// <inheritdoc/>
    public override object GetContentReaderDynamicParameters(string path) => new GetContentParameters();

    /// <summary>The one drive that there is from the start. Nothing is opened or looked up for it.</summary>
    protected override Collection<PSDriveInfo> InitializeDefaultDrives() =>
        [new PSDriveInfo(DriveName, ProviderInfo, root: "", "Repositories, policies, snapshots and what they hold", PSCredential.Empty)];

    /// <summary>Another drive may have its root at a repository or anywhere below one.</summary>
    protected override PSDriveInfo NewDrive(PSDriveInfo drive)
    {
        ArgumentNullException.ThrowIfNull(drive);

        // The default drive is made when the module is imported, which must not load the engine.
        return drive.Root.Length == 0 ? drive : CheckRoot(drive);
    }

    /// <inheritdoc/>
    protected override bool IsValidPath(string path) => true;

    /// <inheritdoc/>
    protected override bool ItemExists(string path) => Look(path) is not null;

    /// <summary>Takes nothing more; it tells that Test-Path asks.</summary>
    protected override object ItemExistsDynamicParameters(string path) => new TestPathParameters();

    /// <inheritdoc/>
    protected override bool IsItemContainer(string path) => Look(path) == true;

    /// <inheritdoc/>
    protected override bool HasChildItems(string path) => Look(path) == true;

    /// <inheritdoc/>
    protected override void GetItem(string path)
    {
        DrivePath place = DrivePath.Parse(path);
        if (place.IsRoot)
        {
            WriteItemObject(DescribeRoot(), path, isContainer: true);
            return;
        }

        try
        {
            DriveItem item = Call(token => Tree.GetAsync(place, token)) ?? throw new BackupException(BackupError.ItemNotFound, $"There is nothing at '{path}' on the drive.", path);
            Write(item);
        }
        catch (BackupException e)
        {
            WriteError(Record(e, path));
        }
    }

    /// <inheritdoc/>
    protected override void GetChildItems(string path, bool recurse) => GetChildItems(path, recurse, uint.MaxValue);

    /// <inheritdoc/>
    protected override void GetChildItems(string path, bool recurse, uint depth)
    {
        foreach (DriveItem item in List(path, recurse ? (int)Math.Min(depth, int.MaxValue - 1) + 1 : 1)) Write(item);
    }

    /// <inheritdoc/>
    protected override object GetChildItemsDynamicParameters(string path, bool recurse) => new GetChildItemParameters();

    /// <inheritdoc/>
    protected override void GetChildNames(string path, ReturnContainers returnContainers)
    {
        DrivePath folder = DrivePath.Parse(path);
        if ((folder.IsPolicy || folder.IsHost) && sought.Length > 0 && IsUnlisted(folder.Child(sought))) WriteItemObject(sought, folder.Child(sought).ToString(), isContainer: true);
        sought = "";
        bool all = expands || returnContainers == ReturnContainers.ReturnAllContainers;
        foreach (DriveItem item in List(path, depth: 1))
        {
            if (all || IsWanted(item)) WriteItemObject(item.Path.Name, item.Path.ToString(), item.IsFolder);
        }
    }

    /// <inheritdoc/>
    protected override object GetChildNamesDynamicParameters(string path) => new GetChildItemParameters();

    /// <summary>Changes nothing; it is where PowerShell tells what it looks for.</summary>
    protected override bool ConvertPath(string path, string filter, ref string updatedPath, ref string updatedFilter)
    {
        sought = path ?? "";
        expands |= WildcardPattern.ContainsWildcardCharacters(sought);
        return false;
    }

    /// <inheritdoc/>
    protected override string GetChildName(string path)
    {
        string plain = Plain(path);
        return plain[(plain.LastIndexOf(Separator) + 1)..];
    }

    /// <inheritdoc/>
    protected override string GetParentPath(string path, string root)
    {
        string plain = Plain(path);
        if (string.Equals(plain, Plain(root ?? PSDriveInfo?.Root ?? ""), StringComparison.OrdinalIgnoreCase)) return "";
        int last = plain.LastIndexOf(Separator);
        return last < 0 ? "" : plain[..Math.Max(last, 1)];
    }

    private static char Separator => System.IO.Path.DirectorySeparatorChar;

    private static string Plain(string path) => path.Replace('/', Separator).Replace('\\', Separator).TrimEnd(Separator);

    private static ErrorRecord Record(BackupException exception, string path) => ErrorMapper.ToRecord(exception, path);

    private PSDriveInfo CheckRoot(PSDriveInfo drive)
    {
        DrivePath root = DrivePath.Parse(drive.Root);
        if (!root.IsRoot && Call(token => Tree.IsFolderAsync(root.Top, token)) is null)
        {
            ThrowTerminatingError(Record(new BackupException(BackupError.RepositoryNotFound, $"The root '{drive.Root}' begins with no repository that is registered here.", drive.Root), drive.Root));
        }

        return new PSDriveInfo(drive.Name, drive.Provider, root.ToString(), drive.Description, drive.Credential);
    }

    // A plain name after a wildcard further up in the path is sought among the names of its folder: there, what is not listed would not be found.
    private bool IsUnlisted(DrivePath path)
    {
        if (path.Name != sought || WildcardPattern.ContainsWildcardCharacters(sought)) return false;
        try
        {
            return Call(token => Tree.IsFolderAsync(path, token)) == true && !Call(token => Tree.IsListedAsync(path, token));
        }
        catch (BackupException)
        {
            // The listing of the folder tells it.
            return false;
        }
    }

    // PowerShell asks before it acts. What cannot be told is there, as far as that goes, so that the act itself says why it fails, and says it once.
    private bool? Look(string path)
    {
        DrivePath place = DrivePath.Parse(path);
        try
        {
            return Call(token => Tree.IsFolderAsync(place, token));
        }
        catch (BackupException e)
        {
            if (!TestPathParameters.Are(DynamicParameters)) return true;
            WriteError(Record(e, path));
            return null;
        }
    }

    // Not the drive itself: piped on, PowerShell takes that for the file of its name in the current folder, and Remove-Item would remove it.
    private PSObject DescribeRoot()
    {
        var root = new PSObject();
        root.Properties.Add(new PSNoteProperty("Name", PSDriveInfo?.Name ?? DriveName));
        root.Properties.Add(new PSNoteProperty("Path", DrivePath.ProviderPrefix));
        return root;
    }

    private void Write(in DriveItem item)
    {
        if (!IsWanted(item)) return;
        string path = item.Path.ToString();
        PSObject shown = PSObject.AsPSObject(item.Value);

        // Piped on, an object with a path is taken for what is there. That must be the item of the drive, and not the file that it was made from, nor the
        // repository's own folder: Get-Content would read those, and Remove-Item remove them.
        if (item.Value is BackupItem { Path: var source }) Shadow("SourcePath", source);
        else if (item.Value is BackupRepository { Path: var folder }) Shadow("RepositoryPath", folder);
        WriteItemObject(shown, path, item.IsFolder);

        void Shadow(string name, string former)
        {
            shown.Properties.Add(new PSNoteProperty(name, former));
            shown.Properties.Add(new PSNoteProperty("Path", DrivePath.ProviderPrefix + path));
        }
    }

    private bool IsWanted(in DriveItem item) => GetChildItemParameters.Wants(DynamicParameters, item.IsFolder);

    private T Call<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        var stop = new CancellationTokenSource();
        ValueTask<T> task = work(stop.Token);

        // What is at hand needs no other thread.
        return task.IsCompletedSuccessfully ? task.Result : new EngineCalls(stop.Token).Run(_ => task.AsTask(), new PipelinePump(), () => StopIfAsked(stop));
    }

    // A folder that cannot be read is an error beside the others; so is the one that was asked for.
    private IEnumerable<DriveItem> List(string path, int depth)
    {
        DrivePath folder = DrivePath.Parse(path);
        var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<BackupException>();
        DriveTree listed = Tree;
        using IEnumerator<DriveItem> items = new EngineCalls(stop.Token).Stream(token => listed.ListAsync(folder, depth, failures.Enqueue, token), Sample, static () => { }).GetEnumerator();
        while (MoveNext(items, path)) yield return items.Current;

        void Sample()
        {
            StopIfAsked(stop);
            while (failures.TryDequeue(out BackupException? failure)) WriteError(Record(failure, path));
        }
    }

    private bool MoveNext(IEnumerator<DriveItem> items, string path)
    {
        try
        {
            return items.MoveNext();
        }
        catch (BackupException e)
        {
            WriteError(Record(e, path));
            return false;
        }
    }

    private void StopIfAsked(CancellationTokenSource stop)
    {
        if (Stopping) stop.Cancel();
    }
}
