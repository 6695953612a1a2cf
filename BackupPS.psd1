@{
    RootModule             = 'module/BackupPS.psm1'
    ModuleVersion          = '0.1.0'
    GUID                   = 'b3a7c2f4-6d1e-4a58-9c70-52e8f1d9a6b4'
    Author                 = 'BackupPS contributors'
    CompanyName            = 'BackupPS contributors'
    Copyright              = '(c) 2026 BackupPS contributors. MIT licence.'
    Description            = 'Backups for people who run servers: policies, objects that pipe, and proof that what was saved comes back. Deduplicated, compressed, encrypted before it leaves the host; each snapshot is whole.'
    PowerShellVersion      = '7.6'
    CompatiblePSEditions   = @('Core')
    RequiredModules        = @()
    RequiredAssemblies     = @()
    ScriptsToProcess       = @()
    TypesToProcess         = @('module/BackupPS.Types.ps1xml')
    FormatsToProcess       = @('module/BackupPS.Format.ps1xml')
    NestedModules          = @()
    FunctionsToExport      = @()
    CmdletsToExport        = @(
        'New-BackupRepository'
        'Get-BackupRepository'
        'Set-BackupRepository'
        'Remove-BackupRepository'
        'Connect-BackupRepository'
        'Disconnect-BackupRepository'
        'New-BackupPolicy'
        'Get-BackupPolicy'
        'Set-BackupPolicy'
        'Remove-BackupPolicy'
        'Export-BackupPolicy'
        'Import-BackupPolicy'
        'Invoke-Backup'
        'Get-BackupSnapshot'
        'Set-BackupSnapshot'
        'Remove-BackupSnapshot'
        'Measure-BackupSnapshot'
        'Compare-BackupSnapshot'
        'Get-BackupItem'
        'Find-BackupItem'
        'Get-BackupContent'
        'Restore-Backup'
        'Test-BackupIntegrity'
        'Optimize-BackupRepository'
        'Get-BackupRun'
        'Get-BackupEvent'
    )
    VariablesToExport      = @()
    AliasesToExport        = @()
    DscResourcesToExport   = @()
    ModuleList             = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('Backup', 'Restore', 'Deduplication', 'Encryption', 'DisasterRecovery', 'PSEdition_Core', 'Linux', 'Windows', 'MacOS')
            # Pack puts the section of CHANGELOG.md here.
            ReleaseNotes = 'See CHANGELOG.md.'
        }
    }
}
