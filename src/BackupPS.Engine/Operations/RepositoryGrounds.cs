using BackupPS.Engine.Catalog;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations;

/// <summary>Tells folders of repositories: nothing else is put into one, where it could take the place of objects or be deleted with them.</summary>
/// <param name="catalog">Knows those that are registered, also while they are not mounted.</param>
internal sealed class RepositoryGrounds(CatalogDatabase catalog)
{
    private static readonly StringComparison Comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Throws where a folder, which need not be there, is that of a repository or lies within one.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <param name="what">What is to go there, as the beginning of the message.</param>
    /// <exception cref="BackupException"><see cref="BackupError.InsideRepository"/></exception>
    public void Refuse(string path, string what)
    {
        if (Around(path) is { } repository) throw new BackupException(BackupError.InsideRepository, $"{what} would be in the folder of the repository at '{PathText.ToDisplay(repository)}'.", path);
    }

    private string? Around(string path)
    {
        string[] registered = Registered();
        foreach (string start in new[] { Path.GetFullPath(path), Resolve(Path.GetFullPath(path)) }.Distinct(StringComparer.Ordinal))
        {
            for (string? folder = Path.TrimEndingDirectorySeparator(start); folder is not null; folder = Path.GetDirectoryName(folder))
            {
                if (IsRepository(folder) || Array.Exists(registered, r => r.Equals(folder, Comparison))) return folder;
            }
        }

        return null;
    }

    // The same without links, as far as it is there.
    private static string Resolve(string path)
    {
        if (Path.GetDirectoryName(path) is not { } above) return path;
        string resolved = Path.Combine(Resolve(above), Path.GetFileName(path));
        try
        {
            return Directory.ResolveLinkTarget(resolved, returnFinalTarget: true) is { } target ? Resolve(target.FullName) : resolved;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return resolved;
        }
    }

    private static bool IsRepository(string folder) =>
        File.Exists(Path.Combine(folder, RepositoryLayout.Config)) && Directory.Exists(Path.Combine(folder, RepositoryLayout.Packs)) && Directory.Exists(Path.Combine(folder, RepositoryLayout.Snapshots));

    private string[] Registered()
    {
        try
        {
            return [.. catalog.Repositories.List().Select(static r => r.Path)];
        }
        catch (BackupException)
        {
            // The folders themselves are asked.
            return [];
        }
    }
}
