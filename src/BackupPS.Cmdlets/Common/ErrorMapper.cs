using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Turns what the engine throws and reports into error records with id, category, target and advice.</summary>
internal static class ErrorMapper
{
    /// <summary>Errors after which no other record of the pipeline can fare better.</summary>
    private static readonly HashSet<string> EndsPipelineIds = new(StringComparer.Ordinal)
    {
        BackupError.CatalogUnusable.Id, BackupError.SqliteUnavailable.Id, BackupError.CatalogTooNew.Id, BackupError.InternalError.Id,
    };

    /// <summary>Errors that leave nothing to do for the repository or request that is under way.</summary>
    private static readonly HashSet<string> EndsRecordIds = new(StringComparer.Ordinal)
    {
        BackupError.RepositoryLocked.Id, BackupError.WrongKey.Id, BackupError.KeyDamaged.Id, BackupError.RepositoryDamaged.Id,
        BackupError.UnsupportedFormat.Id, BackupError.StoreUnreachable.Id, BackupError.StoreFull.Id, BackupError.StoreWriteFailed.Id, BackupError.ObjectMissing.Id,
        BackupError.ObjectDamaged.Id, BackupError.ObjectDenied.Id, BackupError.BlobMissing.Id, BackupError.DeletionUnsafe.Id, BackupError.CompressionFailed.Id,
        BackupError.SessionFenced.Id, BackupError.SecretFileUnusable.Id, BackupError.SecretMissing.Id, BackupError.NotEnoughSpace.Id,
        BackupError.DestinationUnusable.Id, BackupError.NotSupportedHere.Id, BackupError.SystemFailed.Id,
    };

    /// <summary>
    /// Whether the error ends the statement. Other errors, and those of one record of several, are non-terminating, so that a bad record
    /// does not stop the next.
    /// </summary>
    internal static bool IsTerminating(BackupError error, bool moreRecordsMayFollow) =>
        EndsPipelineIds.Contains(error.Id) || (!moreRecordsMayFollow && EndsRecordIds.Contains(error.Id));

    /// <summary>The error record of an exception.</summary>
    /// <param name="exception">What ended the operation.</param>
    /// <param name="target">What the command was about, for an exception that names no target.</param>
    internal static ErrorRecord ToRecord(BackupException exception, object target) =>
        Build(exception, exception.Error, exception.Target.Length > 0 ? exception.Target : target, PathText.ToDisplay(exception.Message));

    /// <summary>The error record of a fault.</summary>
    internal static ErrorRecord ToRecord(BackupFault fault)
    {
        string message = $"{PathText.ToDisplay(fault.Path)}: {fault.Reason}";
        return Build(new BackupException(fault.Error, message, fault.Path), fault.Error, fault.Path, message);
    }

    /// <summary>What the engine did not mean to throw, as a defect.</summary>
    internal static BackupException Unexpected(Exception exception) =>
        new(BackupError.InternalError, $"{exception.GetType().Name}: {exception.Message}", target: null, exception);

    private static ErrorRecord Build(Exception exception, BackupError error, object target, string message) =>
        new(exception, error.Id, Enum.Parse<ErrorCategory>(error.Category.ToString()), target)
        {
            ErrorDetails = new ErrorDetails(message) { RecommendedAction = error.Advice },
        };
}
