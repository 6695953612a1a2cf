<#
.SYNOPSIS
    Runs the Pester files beside it and writes the counts as JSON. build.ps1 calls it in a fresh process.
#>
[CmdletBinding()]
param(
    # Only files with names like this; without it, all.
    [string] $Name,

    # Where the counts go.
    [string] $Summary
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
# The suite brings its own home folder and secrets.
foreach ($variable in 'BACKUPPS_HOME', 'BACKUPPS_PASSWORD_FILE') { [Environment]::SetEnvironmentVariable($variable, $null) }
Import-Module -Name Pester -MinimumVersion 5.5.0

$configuration = New-PesterConfiguration
$configuration.Run.Path = @(Get-ChildItem -LiteralPath $PSScriptRoot -Filter '*.Tests.ps1' | Where-Object BaseName -Like "$(if ($Name) { $Name -replace '\.Tests(\.ps1)?$' } else { '*' }).Tests" | ForEach-Object FullName)
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$result = Invoke-Pester -Configuration $configuration

if ($Summary) {
    # A container that could not be read, or a setup that threw, fails without a failed test.
    $failed = $result.FailedCount + $result.FailedContainersCount + $result.FailedBlocksCount
    [pscustomobject]@{ Passed = $result.PassedCount; Failed = $failed; Skipped = $result.SkippedCount + $result.NotRunCount } | ConvertTo-Json | Set-Content -LiteralPath $Summary
}
exit [int]($result.Result -ne 'Passed')
