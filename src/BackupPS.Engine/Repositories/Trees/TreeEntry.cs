using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>An item as a tree holds it.</summary>
internal sealed class TreeEntry
{
    /// <summary>Name as bytes.</summary>
    public required byte[] Name { get; init; }

    public required ItemKind Kind { get; init; }

    /// <summary>Its times do not prove that it is unchanged, as where it changed too shortly before it was read: it is read again next time.</summary>
    public bool Racy { get; set; }

    /// <summary>A folder that is here only because a source lies below it: it holds no more of its items than that.</summary>
    public bool Ancestor { get; init; }

    public uint Mode { get; init; }

    public uint UserId { get; init; }

    public uint GroupId { get; init; }

    /// <summary>Empty where no name was known.</summary>
    public string UserName { get; init; } = "";

    /// <summary>Empty where no name was known.</summary>
    public string GroupName { get; init; } = "";

    public FileTime Modified { get; init; }

    public FileTime Changed { get; init; }

    public ulong Inode { get; init; }

    /// <summary>Device of a file that has several names; with <see cref="Inode"/> it tells which names belong together. 0: one name.</summary>
    public ulong LinkDevice { get; init; }

    public uint WindowsAttributes { get; init; }

    /// <summary>Files: size in bytes.</summary>
    public long Size { get; set; }

    /// <summary>Files: how many levels of lists stand between <see cref="Content"/> and the data; 0: it names the data.</summary>
    public int ContentDepth { get; set; }

    /// <summary>Files: the blobs of the data, or of lists.</summary>
    public BlobId[] Content { get; set; } = [];

    /// <summary>Files: ranges that hold data, when there are holes between them; <see langword="null"/>: no holes.</summary>
    public IReadOnlyList<FileExtent>? Extents { get; set; }

    /// <summary>Folders: the tree.</summary>
    public BlobId Subtree { get; set; }

    /// <summary>Symbolic links: where to.</summary>
    public byte[] LinkTarget { get; init; } = [];

    public uint NodeMajor { get; init; }

    public uint NodeMinor { get; init; }

    /// <summary>Extended attributes, encoded (<see cref="AttributeSet"/>); empty when there are none or they stand in a blob.</summary>
    public byte[] Attributes { get; set; } = [];

    /// <summary>The blob of a large set of extended attributes; zero: none.</summary>
    public BlobId AttributeBlob { get; set; }

    public bool IsHardLinked => LinkDevice != 0;

    /// <summary>
    /// Whether another item of the same repository and kind has the same content: a file's data, with its holes in the same places, a link's target, a
    /// device's number.
    /// </summary>
    public bool HasContentOf(TreeEntry other) =>
        Size == other.Size && ContentDepth == other.ContentDepth && Content.AsSpan().SequenceEqual(other.Content) && (Extents ?? []).SequenceEqual(other.Extents ?? [])
        && LinkTarget.AsSpan().SequenceEqual(other.LinkTarget) && NodeMajor == other.NodeMajor && NodeMinor == other.NodeMinor;
}
