namespace BackupPS.Engine.Operations.Backup;

/// <summary>The sources of a backup as a tree of their path segments. What lies below another source counts once.</summary>
internal sealed class SourceNode
{
    private SourceNode(string path) => Path = path;

    public string Path { get; }

    /// <summary>Whether this is a source, with all that is below it; else it only leads to some.</summary>
    public bool IsSource { get; private set; }

    /// <summary>By the bytes of their names, in ordinal order; empty for a source.</summary>
    public SortedDictionary<byte[], SourceNode> Children { get; } = new(NameOrder.Instance);

    /// <summary>Sources below this one: it holds them, if it is a folder.</summary>
    public SortedSet<string> Covered { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether this source turned out to be a link to a folder: only the link is saved, nothing of the folder.</summary>
    public bool IsLinkToFolder { get; set; }

    /// <summary>Whether this source turned out to be a folder with nothing in it, as a mount point without its file system is.</summary>
    public bool IsEmptyFolder { get; set; }

    /// <summary>Whether this folder, which only leads to sources, turned out to be a link: what is behind it is saved under the path that was named.</summary>
    public bool IsLinkOnTheWay { get; set; }

    public static SourceNode Build(IEnumerable<string> paths)
    {
        var root = new SourceNode(SourcePath.Root);
        foreach (string path in paths) root.Add(SourcePath.Split(path));
        return root;
    }

    private void Add(string[] segments)
    {
        SourceNode node = this;
        foreach (string segment in segments)
        {
            if (node.IsSource)
            {
                node.Covered.Add(SourcePath.Combine(segments));
                return;
            }

            byte[] name = PathText.ToBytes(segment);
            if (!node.Children.TryGetValue(name, out SourceNode? child))
            {
                child = new SourceNode(SourcePath.Join(node.Path, segment));
                node.Children.Add(name, child);
            }

            node = child;
        }

        if (node.IsSource) return;
        foreach (SourceNode child in node.Children.Values) node.Covered.UnionWith(child.Sources().Concat(child.AllCovered()));
        node.IsSource = true;
        node.Children.Clear();
    }

    private IEnumerable<string> AllCovered() => Covered.Concat(Children.Values.SelectMany(static c => c.AllCovered()));

    /// <summary>The sources that are left, in order.</summary>
    public IEnumerable<string> Sources() => IsSource ? [Path] : Children.Values.SelectMany(static c => c.Sources());

    /// <summary>The sources that are links to folders, in order.</summary>
    public IEnumerable<string> LinksToFolders() => IsLinkToFolder ? [Path] : Children.Values.SelectMany(static c => c.LinksToFolders());

    /// <summary>The links that lead to sources, in order.</summary>
    public IEnumerable<string> LinksOnTheWay() => (IsLinkOnTheWay ? new[] { Path } : []).Concat(Children.Values.SelectMany(static c => c.LinksOnTheWay()));

    /// <summary>The sources that are empty folders, in order.</summary>
    public IEnumerable<string> EmptyFolders() => IsEmptyFolder ? [Path] : Children.Values.SelectMany(static c => c.EmptyFolders());
}
