using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Turns paths as users write them into absolute paths of the file system.</summary>
internal sealed class PathResolver(SessionState session)
{
    private const string FileSystemPrefix = @"FileSystem::";
    private const char Replacement = '\uFFFD';

    /// <summary>One absolute path; nothing in it is a wildcard, and it need not exist.</summary>
    /// <exception cref="BackupException">It belongs to another provider, or its drive does not exist (<see cref="BackupError.PathNotFileSystem"/>).</exception>
    internal string Literal(string path)
    {
        string plain = StripProvider(path);

        // PowerShell takes a backslash for a separator on every system; on Unix it is a letter like others. A path without a drive needs no help.
        if (!OperatingSystem.IsWindows() && plain.Length > 0)
        {
            if (plain[0] == '/') return Normalize(plain);
            int colon = plain.IndexOf(':', StringComparison.Ordinal);
            bool hasDrive = colon >= 0 && plain.IndexOf('/', StringComparison.Ordinal) is var slash && (slash < 0 || slash > colon);
            if (!hasDrive && plain[0] != '~' && session.Path.CurrentLocation.Provider.Name == "FileSystem")
            {
                return Normalize(Path.Combine(session.Path.CurrentFileSystemLocation.ProviderPath, plain));
            }
        }

        // Home is a folder of the file system, also for who stands on another drive, as on Backup:.
        if (plain is ['~', ..] && (plain.Length == 1 || plain[1] is '/' or '\\') && session.Path.CurrentLocation.Provider.Name != "FileSystem" && session.Provider.GetOne("FileSystem").Home is { Length: > 0 } home)
        {
            return Normalize(Path.Join(home, plain[1..]));
        }

        try
        {
            string resolved = session.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return provider.Name == "FileSystem" ? Normalize(resolved) : throw NotFileSystem(path, provider.Name, inner: null);
        }
        catch (Exception e) when (e is ProviderNotFoundException or System.Management.Automation.DriveNotFoundException or ProviderInvocationException or NotSupportedException or PSInvalidOperationException or PSArgumentException)
        {
            throw NotFileSystem(path, provider: null, e);
        }
    }

    /// <summary>The absolute paths of what there is, after wildcards.</summary>
    /// <exception cref="BackupException">Nothing matches (<see cref="BackupError.SourceNotFound"/>), or it is no path of a file system.</exception>
    internal IReadOnlyList<string> Expand(string path)
    {
        // What holds no wildcard is taken as it is: it may be a name that .NET cannot look up, or be missing, which the engine tells.
        if (!WildcardPattern.ContainsWildcardCharacters(path)) return [Literal(path)];
        IReadOnlyList<string> found = WildcardExpansion.Expand(Literal(path));
        if (found.Count > 0) return found;
        throw new BackupException(BackupError.SourceNotFound, $"Nothing matches '{path}'.", path);
    }

    /// <summary>A repository: a registered name or URL as it is, else a path made absolute.</summary>
    /// <exception cref="BackupException">The path is not one of a file system.</exception>
    internal string Repository(string value, IReadOnlyList<string> registered)
    {
        if (value.Contains("://", StringComparison.Ordinal) || registered.Contains(value, StringComparer.OrdinalIgnoreCase)) return value;
        if (value.IndexOfAny(['/', '\\', ':']) >= 0 || value[0] is '~' or '.') return Literal(value);

        // A plain word is a name, unless a repository of that name lies right here.
        string here = Literal(value);
        return File.Exists(Path.Combine(here, "repository.json")) ? here : value;
    }

    /// <summary>Whether .NET mangled the path on its way here: it holds U+FFFD, and nothing of that name exists.</summary>
    internal static bool IsMangled(string path) => path.Contains(Replacement, StringComparison.Ordinal) && !Exists(path);

    /// <summary>Whether the path holds U+FFFD, which .NET also puts for each byte that it cannot carry.</summary>
    internal static bool MayBeMangled(string path) => path.Contains(Replacement, StringComparison.Ordinal);

    /// <summary>Whether something is at the path; a link counts, wherever it leads.</summary>
    internal static bool Exists(string path) => new FileInfo(path) is { Attributes: not (FileAttributes)(-1) };

    private static string StripProvider(string path)
    {
        int prefix = path.IndexOf(FileSystemPrefix, StringComparison.OrdinalIgnoreCase);
        bool qualified = prefix == 0 || (prefix > 0 && path[..prefix].Equals(@"Microsoft.PowerShell.Core\", StringComparison.OrdinalIgnoreCase));
        return qualified ? path[(prefix + FileSystemPrefix.Length)..] : path;
    }

    private static string Normalize(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static BackupException NotFileSystem(string path, string? provider, Exception? inner) =>
        new(BackupError.PathNotFileSystem, provider is null ? $"'{path}' is no path of a file system: {inner?.Message}" : $"'{path}' is a path of the provider {provider}.", path, inner);
}
