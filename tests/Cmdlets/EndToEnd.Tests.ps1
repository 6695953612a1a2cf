# The session of the README, word for word, in processes of their own with a home of their own.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $stage = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'stage')).FullName
    $null = New-Item -ItemType Directory -Path (Join-Path $stage 'src')
    1..3 | ForEach-Object { Set-Content -LiteralPath (Join-Path $stage "src/file$_.cs") -Value "class C$_;" }
    Set-Content -LiteralPath (Join-Path $stage 'src/notes.md') -Value 'not a source'
    $environment = @{ HOME = $stage; BACKUPPS_HOME = (Join-Path $stage 'data') }
    # Each line as it stands, as if it were typed: every line is a pipeline of its own, and the first that fails ends the process.
    function Invoke-Session {
        param([string] $Session, [hashtable] $Environment)
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-RunningHost).Program)
        foreach ($argument in (Get-RunningHost).Leading + '-NoProfile', '-NonInteractive', '-Command', '-') { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $start.WorkingDirectory = $stage
        $start.Environment['NO_COLOR'] = '1'
        foreach ($variable in $Environment.Keys) { $start.Environment[$variable] = $Environment[$variable] }
        $process = [System.Diagnostics.Process]::Start($start)
        $output = $process.StandardOutput.ReadToEndAsync()
        $errorText = $process.StandardError.ReadToEndAsync()
        $process.StandardInput.WriteLine("Import-Module -Name '$Manifest'")
        foreach ($line in $Session -split '\r?\n' | Where-Object { $_.Trim() }) {
            $process.StandardInput.WriteLine($line)
            $process.StandardInput.WriteLine('if (-not $?) { exit 9 }')
        }
        $process.StandardInput.Close()
        $process.WaitForExit()
        [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output.Result; ErrorText = $errorText.Result }
    }
}

AfterAll { Clear-TestRoot }

Describe 'The session' {
    It 'runs as it stands' {
        $session = @'
$pw = ConvertTo-SecureString 'correct horse' -AsPlainText -Force
New-BackupRepository -Name vault -Path $HOME/vault -Password $pw
New-BackupPolicy -Name shell -Source $PSHOME -Exclude '**/*.pdb' -Repository vault -KeepDaily 7 -FullEvery 7d
Invoke-Backup shell                                                # BackupResult: Status Complete, Type Full
Invoke-Backup shell -Type Differential
Get-ChildItem ./src -Filter *.cs -Recurse | Invoke-Backup -Repository vault -Tag sources      # one snapshot
Get-BackupSnapshot -PolicyName shell -Last 1 | Get-BackupItem -Path "$PSHOME/Modules/**" | Select-Object -First 3
Get-BackupSnapshot -PolicyName shell -Last 1 | Restore-Backup -Destination $HOME/check -Verify
Get-BackupSnapshot -PolicyName shell -Last 1 | Restore-Backup -Destination $HOME/check -InPlace -WhatIf
Test-BackupIntegrity -Repository vault -Level Data -Quiet          # True
Get-BackupRun -PolicyName shell | Format-Table
Invoke-Backup shell | Test-BackupIntegrity -Level Restore
'@
        $fresh = Invoke-Session -Session $session -Environment $environment
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.ExitCode | Should -Be 0
        $fresh.Output | Should -Match '(?m)^\w{8} +shell +Full +Complete '
        $fresh.Output | Should -Match '(?m)^\w{8} +shell +Differential +Complete '
        $fresh.Output | Should -Match 'What if: .*in place.*changing 0 files, creating 0, deleting 0 of 0 bytes; fetching 0 bytes'
        $fresh.Output | Should -Match '(?m)^True\s*$'
        $fresh.Output | Should -Match '(?m)^Passed +Restore '
    }

    It 'restored what was there' {
        $restored = Join-Path (Join-Path $stage 'check') $PSHOME.Substring([IO.Path]::GetPathRoot($PSHOME).Length)
        $original = @(Get-ChildItem -LiteralPath $PSHOME -Recurse -File -Force | Where-Object Extension -NE '.pdb')
        $copies = @(Get-ChildItem -LiteralPath $restored -Recurse -File -Force)
        $copies.Count | Should -Be $original.Count
        foreach ($file in $original | Get-Random -Count 50 -SetSeed 7) {
            $copy = Join-Path $restored $file.FullName.Substring($PSHOME.Length + 1)
            (Get-FileHash -LiteralPath $copy).Hash | Should -Be (Get-FileHash -LiteralPath $file.FullName).Hash -Because $file.FullName
        }
    }

    It 'goes on in a new process' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'chmod is of Unix'; return }
        $session = @'
'correct horse' | Set-Content $HOME/.vault-password; chmod 600 $HOME/.vault-password
$env:BACKUPPS_PASSWORD_FILE = "$HOME/.vault-password"
Connect-BackupRepository -Name vault -Path $HOME/vault
Get-BackupSnapshot -Repository vault -Last 1 | Restore-Backup -Destination $HOME/again
Get-BackupPolicy | Invoke-Backup
'@
        $fresh = Invoke-Session -Session $session -Environment $environment
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.ExitCode | Should -Be 0
        $fresh.Output | Should -Match '(?m)^\w{8} +shell +Incremental +Complete '
        Join-Path $stage 'again' | Should -Exist
    }

    It 'goes on on another host, which knows nothing yet' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'chmod is of Unix'; return }
        $session = @'
'correct horse' | Set-Content $HOME/.vault-password; chmod 600 $HOME/.vault-password
$env:BACKUPPS_PASSWORD_FILE = "$HOME/.vault-password"
Connect-BackupRepository -Name vault -Path $HOME/vault
Get-BackupSnapshot -Repository vault -Last 1 | Restore-Backup -Destination $HOME/other-host
Get-BackupPolicy | Invoke-Backup
'@
        $fresh = Invoke-Session -Session $session -Environment @{ HOME = $stage; BACKUPPS_HOME = (Join-Path $stage 'other-data') }
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.ExitCode | Should -Be 0
        Join-Path $stage 'other-host' | Should -Exist
    }

    It 'needs no catalog: with it deleted, everything is reachable by path' {
        $session = @'
$pw = ConvertTo-SecureString 'correct horse' -AsPlainText -Force
Get-BackupSnapshot -Repository $HOME/vault -Password $pw -Last 1 | Restore-Backup -Destination $HOME/no-catalog
Test-BackupIntegrity -Repository ~/vault -Level Structure -Quiet
'@
        $fresh = Invoke-Session -Session $session -Environment @{ HOME = $stage; BACKUPPS_HOME = (Join-Path $stage 'no-data') }
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.Output | Should -Match '(?m)^True\s*$'
        Join-Path $stage 'no-catalog' | Should -Exist
    }
}
