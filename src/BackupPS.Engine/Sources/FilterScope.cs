using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Sources;

/// <summary>What the filter knows in one folder. It does not change, so that folders may be walked on several threads.</summary>
internal sealed class FilterScope
{
    private const string CacheTag = "CACHEDIR.TAG";

    private readonly SourceFilter _filter;
    private readonly string _source;
    private readonly ulong _device;
    private readonly ulong _mount;
    private readonly IReadOnlySet<string>? _mountPoints;
    private readonly bool _included;
    private readonly bool _isCache;
    private readonly IgnoreFile? _ignoreFile;

    /// <summary>The scope in which a source itself is decided.</summary>
    internal FilterScope(SourceFilter filter, string sourcePath, in ItemInfo source)
    {
        _filter = filter;
        _source = sourcePath;
        _device = source.Device;
        _mount = source.MountId;
        if (filter.Rules.OneFileSystem && _mount == 0) _mountPoints = filter.FindMountPoints();
        _included = filter.IsIncludedOrBelow(sourcePath, source.Kind == ItemKind.Directory);
    }

    private FilterScope(FilterScope outer, bool included, bool isCache, IgnoreFile? ignoreFile)
    {
        _filter = outer._filter;
        _source = outer._source;
        _device = outer._device;
        _mount = outer._mount;
        _mountPoints = outer._mountPoints;
        _included = included;
        _isCache = isCache;
        _ignoreFile = ignoreFile;
    }

    /// <summary>Whether <see cref="Decide"/> looks at paths here; where not, an empty string will do.</summary>
    public bool NeedsPath => _filter.HasPatterns || _ignoreFile is not null || _isCache || _mountPoints is { Count: > 0 };

    /// <summary>Decides on an item of this folder.</summary>
    /// <param name="path">Its absolute path as <see cref="PathText"/> has it.</param>
    /// <param name="info">Its metadata.</param>
    public FilterDecision Decide(string path, in ItemInfo info)
    {
        bool isFolder = info.Kind == ItemKind.Directory;
        if (_isCache && !IsTag(path)) return FilterDecision.Exclude;
        if (_filter.HasPatterns && _filter.IsExcluded(path, isFolder)) return FilterDecision.Exclude;
        if (_ignoreFile is not null && _ignoreFile.Ignores(path, isFolder)) return FilterDecision.Exclude;
        if (isFolder) return _filter.Rules.OneFileSystem && IsMounted(path, info) ? FilterDecision.KeepEmpty : FilterDecision.Keep;
        // Files are not asked for their device: overlay file systems report that of a layer below.
        if (info.Kind == ItemKind.File && _filter.Rules.ExcludeLargerThan > 0 && info.Size > _filter.Rules.ExcludeLargerThan) return FilterDecision.Exclude;
        return _included || _filter.IsIncluded(path, isFolder: false) ? FilterDecision.Keep : FilterDecision.Exclude;
    }

    // Told by the mount, where the system numbers them: a bind mount has the device of what it shows, and a subvolume (btrfs) has one of its own without being mounted.
    private bool IsMounted(string path, in ItemInfo folder)
    {
        if (_mount != 0 && folder.MountId != 0) return folder.MountId != _mount;
        return folder.Device != _device || (_mountPoints is not null && path != _source && _mountPoints.Contains(path));
    }

    // Its folder is this one, so that only the name counts.
    private static bool IsTag(string path) => path.AsSpan(path.LastIndexOf('/') + 1) is CacheTag;

    /// <summary>Whether <see cref="Enter"/> looks at the path of a folder with these names, sorted.</summary>
    public bool NeedsPathToEnter(NameList names) => _filter.HasPatterns || names.Contains(".backupignore"u8);

    /// <summary>The scope of a folder that was opened and listed: reads its ignore file and its cache tag where there are any.</summary>
    /// <param name="folderPath">Its absolute path; an empty string will do where <see cref="NeedsPathToEnter"/> says so.</param>
    /// <param name="folder">The folder; only read, and not kept.</param>
    /// <param name="names">What is in it, sorted.</param>
    /// <param name="onFault">Told of an ignore file that cannot be used; its rules are not applied then, and more is saved than wanted.</param>
    public FilterScope Enter(string folderPath, IFolder folder, NameList names, Action<BackupFault> onFault)
    {
        bool hasIgnoreFile = names.Contains(".backupignore"u8);
        bool hasTag = _filter.Rules.ExcludeCaches && names.Contains("CACHEDIR.TAG"u8);
        IgnoreFile? ignoreFile = hasIgnoreFile ? ReadIgnoreFile(folderPath, folder, onFault) : _ignoreFile;
        bool isCache = hasTag && IsCache(folder);
        bool included = _included || _filter.IsIncluded(folderPath, isFolder: true);
        bool same = ReferenceEquals(ignoreFile, _ignoreFile) && isCache == _isCache && included == _included;
        return same ? this : new FilterScope(this, included, isCache, ignoreFile);
    }

    private IgnoreFile? ReadIgnoreFile(string folderPath, IFolder folder, Action<BackupFault> onFault)
    {
        try
        {
            return IgnoreFile.Read(folderPath, folder, _filter.IgnoresCase, _ignoreFile);
        }
        catch (PlatformException e)
        {
            onFault(new BackupFault(BackupError.IgnoreFileUnusable, $"{folderPath.TrimEnd('/')}/{IgnoreFile.Name}", e.Message));
            return _ignoreFile;
        }
    }

    // bford.info/cachedir: a regular file (no link) that begins with these 43 bytes.
    private static bool IsCache(IFolder folder)
    {
        ReadOnlySpan<byte> signature = "Signature: 8a477f597d28d172789f06886806bc55"u8;
        try
        {
            using IReadableFile tag = folder.OpenFile(PathText.ToBytes(CacheTag));
            Span<byte> start = stackalloc byte[signature.Length];
            int length = 0;
            for (int count; length < start.Length && (count = tag.Read(start[length..], length)) > 0;) length += count;
            return start.SequenceEqual(signature);
        }
        catch (PlatformException)
        {
            // What cannot be read proves nothing: the folder is saved, and the tag is a fault of its own then.
            return false;
        }
    }
}
