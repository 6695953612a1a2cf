# The suite runs under one kind of host; here the other kind works: a program, pwsh, where the suite runs in `dotnet pwsh.dll`, and that where it runs in a
# program. And pwsh.cs, which chooses one.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $published = Join-Path $TestRoot 'published'
    $said = & dotnet publish (Join-Path $ModuleRoot 'tests/PowerShellHost') --nologo -v quiet -o $published
    if ($LASTEXITCODE -ne 0) { throw "The other host was not published: $said" }
    $apphost = Join-Path $published $(if ($IsWindows) { 'pwsh.exe' } else { 'pwsh' })
    $other = if ((Get-RunningHost).Leading) { [pscustomobject]@{ Program = $apphost; Leading = @() } } else { [pscustomobject]@{ Program = (Get-Command -Name dotnet -CommandType Application | Select-Object -First 1).Source; Leading = @(Join-Path $published 'pwsh.dll') } }
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $keyFile = Get-TestKeyFile

    function Start-Host {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'A process of the test.')]
        param([string] $Program, [string[]] $Argument, [hashtable] $Environment = @{}, [string] $Folder = $TestRoot)
        $start = [System.Diagnostics.ProcessStartInfo]::new($Program, $Argument)
        $start.WorkingDirectory = $Folder
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $start.Environment['NO_COLOR'] = '1'
        # An apphost looks for .NET there.
        $runtime = "$(Get-RuntimeVariable)" -replace '^DOTNET_ROOT='
        if ($runtime) { $start.Environment['DOTNET_ROOT'] = $runtime }
        foreach ($variable in $Environment.Keys) { $start.Environment[$variable] = $Environment[$variable] }
        [System.Diagnostics.Process]::Start($start)
    }

    function Wait-Host {
        param([System.Diagnostics.Process] $Process)
        $errorText = $Process.StandardError.ReadToEndAsync()
        $output = $Process.StandardOutput.ReadToEnd()
        $Process.WaitForExit()
        [pscustomobject]@{ ExitCode = $Process.ExitCode; Output = @($output -split '\r?\n' | Where-Object { $_ }); ErrorText = $errorText.Result }
        $Process.Dispose()
    }

    function Invoke-OtherHost {
        param([string] $Script)
        $file = Join-Path $TestRoot "other-$([guid]::NewGuid().ToString('N')).ps1"
        Set-Content -LiteralPath $file -Value "`$ErrorActionPreference = 'Stop'", ". '$PSScriptRoot/RunningHost.ps1'", $Script
        Wait-Host (Start-Host -Program $other.Program -Argument ($other.Leading + '-NoProfile', '-NonInteractive', '-File', $file))
    }
}

AfterAll { Clear-TestRoot }

Describe 'The other kind of host' {
    It 'is of the other kind, and starts itself again' {
        $fresh = Invoke-OtherHost -Script @'
$running = Get-RunningHost
$leading = $running.Leading
$leading.Count
$question = '[Environment]::ProcessPath; $PSHOME; $PSVersionTable.PSVersion.ToString()'
& ([scriptblock]::Create($question))
& $running.Program @leading -NoProfile -NonInteractive -Command $question
'@
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.ExitCode | Should -Be 0
        $fresh.Output[0] | Should -Be $(if ((Get-RunningHost).Leading) { 0 } else { 1 })
        $fresh.Output[2] | Should -Be $published
        $fresh.Output[4..6] | Should -Be $fresh.Output[1..3]
    }

    It 'imports, backs up, and restores in a fresh process' {
        $fresh = Invoke-OtherHost -Script @"
Import-Module -Name '$Manifest'
`$null = New-BackupRepository -Name other -Path '$TestRoot/other' -KeyFile '$keyFile'
`$result = Invoke-Backup -LiteralPath '$tree' -Repository other
`$result.Status
`$running = Get-RunningHost
`$leading = `$running.Leading
& `$running.Program @leading -NoProfile -NonInteractive -Command "Import-Module -Name '$Manifest'; (Restore-Backup -SnapshotId `$(`$result.SnapshotId) -Repository other -KeyFile '$keyFile' -Destination '$TestRoot/restored' -Verify).FilesRestored"
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.Output | Should -Be 'Complete', '6'
        $fresh.ExitCode | Should -Be 0
    }

    It 'hands over exit codes' {
        (Invoke-OtherHost -Script 'exit 3').ExitCode | Should -Be 3
        (Invoke-OtherHost -Script "throw 'no'").ExitCode | Should -Be 1
    }

    It 'ends a backup within 2 seconds of SIGINT' -Skip:$IsWindows {
        Skip-WithoutTool -Name kill
        $large = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'large')).FullName
        1..4 | ForEach-Object { Add-RandomFile -Path (Join-Path $large "data$_") -Length 150MB -Seed $_ }
        $vault = Initialize-TestRepository -Name interrupted
        $process = Start-Host -Program $other.Program -Argument ($other.Leading + '-NoProfile', '-NonInteractive', '-Command', "Import-Module '$Manifest'; Invoke-Backup -LiteralPath '$large' -Repository interrupted -KeyFile '$keyFile'; 'went on'")
        try {
            while ([IO.Directory]::GetFiles((Join-Path $vault.Path 'packs'), '*', 'AllDirectories').Count -lt 2) { if ($process.HasExited) { throw "It ended before it could be interrupted: $($process.StandardError.ReadToEnd())" } }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            & kill -INT $process.Id
            $process.WaitForExit(10000) | Should -BeTrue
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
            $process.StandardOutput.ReadToEnd() | Should -BeNullOrEmpty
        }
        finally { if (-not $process.HasExited) { $process.Kill() }; $process.Dispose() }
        (Get-BackupRun -Last 1).Status | Should -Be 'Cancelled'
        Get-BackupSnapshot -Repository interrupted | Should -BeNullOrEmpty
    }
}

Describe 'pwsh.cs' {
    BeforeAll {
        $starter = Join-Path $ModuleRoot 'pwsh.cs'
        $dotnet = (Get-Command -Name dotnet -CommandType Application | Select-Object -First 1).Source
        $script = Join-Path $TestRoot 'asked.ps1'
        Set-Content -LiteralPath $script -Value @'
param([string] $Name, [switch] $Wait, [Parameter(ValueFromRemainingArguments)] [string[]] $Rest)
$PSHOME
$Name
"$Rest"
"$PWD"
if ($Wait) { $PID; Start-Sleep -Seconds 60 }
exit 7
'@
        # The PATH with and without a PowerShell.
        $without = @($env:PATH -split [IO.Path]::PathSeparator | Where-Object { $_ -and -not (Test-Path -Path (Join-Path $_ 'pwsh'), (Join-Path $_ 'pwsh.exe')) }) -join [IO.Path]::PathSeparator
        $with = $published + [IO.Path]::PathSeparator + $without
        $elsewhere = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'elsewhere')).FullName
    }

    It 'runs a script in <which>, from any folder, with its arguments and its exit code' -ForEach @(
        @{ which = 'the PowerShell of the PATH'; installed = $true }
        @{ which = 'the tool, where there is none'; installed = $false }
    ) {
        $path = if ($installed) { $with } else { $without }
        $fresh = Wait-Host (Start-Host -Program $dotnet -Folder $elsewhere -Environment @{ PATH = $path } -Argument 'run', $starter, $script, '-Name', 'a "b" c', 'x', '--', '-c')
        $fresh.ExitCode | Should -Be 7 -Because $fresh.ErrorText
        if ($installed) { $fresh.Output[0] | Should -Be $published } else { $fresh.Output[0] | Should -Match '[\\/]powershell[\\/]\d+\.\d+\.\d+[\\/]tools[\\/]' }
        $fresh.Output[1] | Should -BeExactly 'a "b" c'
        $fresh.Output[2] | Should -Be 'x -c'
        $fresh.Output[3] | Should -Be $elsewhere
    }

    It 'writes no colours where its output is redirected' {
        Set-Content -LiteralPath ($shown = Join-Path $TestRoot 'shown.ps1') -Value '[pscustomobject]@{ Name = 1; Value = 2 } | Format-List; [pscustomobject]@{ Name = 1 } | Format-Table; "$($PSStyle.OutputRendering)"'
        $fresh = Wait-Host (Start-Host -Program $dotnet -Environment @{ PATH = $with; TERM = 'xterm-256color'; NO_COLOR = $null } -Argument 'run', $starter, $shown)
        $fresh.ExitCode | Should -Be 0 -Because $fresh.ErrorText
        $fresh.Output[0] | Should -Be 'Name  : 1'
        $fresh.Output -join '' | Should -Not -Match "`e"
    }

    It 'does not take an older one' -Skip:$IsWindows {
        $old = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'old')).FullName
        Set-Content -LiteralPath (Join-Path $old 'pwsh') -Value '#!/bin/sh', 'echo 7.5; echo /opt/microsoft/powershell/7/pwsh; echo /opt/microsoft/powershell/7'
        & chmod 755 (Join-Path $old 'pwsh')
        $fresh = Wait-Host (Start-Host -Program $dotnet -Environment @{ PATH = "${old}:$without" } -Argument 'run', $starter, $script)
        $fresh.ExitCode | Should -Be 7 -Because $fresh.ErrorText
        $fresh.Output[0] | Should -Match '/powershell/\d+\.\d+\.\d+/tools/'
    }

    It 'passes SIG<signal> on, and ends with what it started' -Skip:$IsWindows -ForEach @(@{ signal = 'TERM'; code = 143 }, @{ signal = 'HUP'; code = 129 }) {
        Skip-WithoutTool -Name kill
        # The program itself: what `dotnet run` passes on is its own affair.
        $program = (& $dotnet build $starter --nologo -v quiet -getProperty:TargetPath) -replace '\.dll$'
        $process = Start-Host -Program $program -Environment @{ PATH = $without } -Argument $script, '-Wait'
        try {
            $id = @(1..5 | ForEach-Object { $process.StandardOutput.ReadLine() })[-1]
            & kill "-$signal" $process.Id
            $process.WaitForExit(10000) | Should -BeTrue
            $process.ExitCode | Should -Be $code
            Get-Process -Id $id -ErrorAction Ignore | Should -BeNullOrEmpty
        }
        finally { if (-not $process.HasExited) { $process.Kill($true) }; $process.Dispose() }
    }
}
