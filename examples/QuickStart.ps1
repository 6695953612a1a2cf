#!/usr/bin/env pwsh
#requires -Version 7.6

<#
.SYNOPSIS
    The main job on real files: repository, policy, backup, verification, restore.
.DESCRIPTION
    Backs up a folder (PowerShell's own, by default) twice into a new repository below the temporary folder, verifies it, restores it, and
    removes everything that it made. The source is only read. Builds the module first where that has not been done.
.EXAMPLE
    ./examples/QuickStart.ps1
.EXAMPLE
    ./examples/QuickStart.ps1 -Source /etc -Keep
#>
[CmdletBinding()]
[OutputType('BackupPS.BackupResult', 'BackupPS.IntegrityReport', 'BackupPS.RestoreResult')]
param(
    # The folder to save.
    [string] $Source = $PSHOME,

    # Leaves repository and restored files where they are.
    [switch] $Keep
)

$ErrorActionPreference = 'Stop'
$root = Split-Path -Path $PSScriptRoot
if (-not (Test-Path -LiteralPath (Join-Path $root 'module/lib/BackupPS.dll'))) {
    & (Join-Path $root 'build.ps1') -Task Build | Out-Host
}

Import-Module (Join-Path $root 'BackupPS.psd1')

$work = Join-Path ([IO.Path]::GetTempPath()) "backupps-quickstart-$PID"
$formerHome = $env:BACKUPPS_HOME
try {
    # A catalog of its own: the example leaves yours alone.
    $env:BACKUPPS_HOME = Join-Path $work 'home'

    # A key file: 32 random bytes that only their owner may read.
    $null = New-Item -ItemType Directory -Path $work
    $keyFile = Join-Path $work 'vault.key'
    [IO.File]::WriteAllBytes($keyFile, [Security.Cryptography.RandomNumberGenerator]::GetBytes(32))
    if (-not $IsWindows) { chmod 600 $keyFile }

    New-BackupRepository -Name vault -Path (Join-Path $work 'vault') -KeyFile $keyFile | Format-Table
    $null = New-BackupPolicy -Name quickstart -Source $Source -Exclude '**/*.pdb' -Repository vault -KeepDaily 7 -FullEvery 7d

    Invoke-Backup quickstart
    Invoke-Backup quickstart
    Get-BackupRepository vault | Test-BackupIntegrity -Level Data
    Get-BackupSnapshot -PolicyName quickstart -Last 1 | Restore-Backup -Destination (Join-Path $work 'restored') -Verify
} finally {
    $env:BACKUPPS_HOME = $formerHome
    if ($Keep) { Write-Information "Left in place: $work" -InformationAction Continue }
    elseif (Test-Path -LiteralPath $work) { Remove-Item -LiteralPath $work -Recurse -Force }
}
