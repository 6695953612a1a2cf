using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Whether the own mode of an item keeps out its owner, who may change it: then a restore opens it up (<see cref="OpenedItems"/>).</summary>
internal static class OwnMode
{
    private const uint OwnerLooks = 0x140; // 0500

    /// <summary>Whether this account owns an item, and may be kept out. Root is not kept out by modes.</summary>
    public static bool MayOpen(in ItemInfo item, IAccounts accounts) => !OperatingSystem.IsWindows() && item.UserId != 0 && accounts.Trusts(item.UserId);

    /// <summary>Whether a folder is one that this account owns and may not look into.</summary>
    public static bool Closes(in ItemInfo folder, IAccounts accounts) => (folder.Mode & OwnerLooks) != OwnerLooks && MayOpen(folder, accounts);

    /// <summary>Whether what is in an open folder can be listed and reached.</summary>
    public static bool LetsIn(IFolder folder)
    {
        if (OperatingSystem.IsWindows() || (folder.GetInfo().Mode & OwnerLooks) == OwnerLooks) return true;
        try
        {
            // One to list and not to pass through (mode 444) denies whatever is asked of a name in it. One that was opened by its path may be one to pass
            // through and not to list.
            folder.ReadNames(new NameList());
            folder.TryGetInfo(TemporaryName.Next(), out _);
            return true;
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    /// <summary>What a plan says of a folder that it cannot look into.</summary>
    public static string Describe(string path) =>
        $"'{PathText.ToDisplay(path)}' keeps its owner out by its mode: what is in it was not compared, and counts as missing. " +
        "A restore opens it for the time.";

    /// <summary>A handle of a folder, which is only looked at.</summary>
    /// <param name="above">The folder that holds it.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="there">What the system says of it.</param>
    /// <param name="accounts">Tells whose it is.</param>
    /// <returns><see langword="null"/>: its own mode keeps this account out.</returns>
    public static IFolder? TryLook(IFolder above, byte[] name, in ItemInfo there, IAccounts accounts)
    {
        try
        {
            IFolder folder = above.OpenFolder(name);
            if (!Closes(there, accounts) || LetsIn(folder)) return folder;
            folder.Dispose();
            return null;
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && MayOpen(there, accounts))
        {
            return null;
        }
    }
}
