# Conventions 7 and 8 for what takes long beside a backup: restores and verifications stop when they are told to, and show how far they are. And Ctrl-C
# as a terminal sends it.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $keyFile = Get-TestKeyFile
    $vault = Initialize-TestRepository -Name vault
    $large = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'large')).FullName
    1..4 | ForEach-Object { Add-RandomFile -Path (Join-Path $large "data$_") -Length 150MB -Seed $_ }
    $null = New-BackupPolicy -Name large -Source $large -Repository vault
    $result = Invoke-Backup -PolicyName large
    # Waits until the pipeline has written something into a folder (its first progress comes too late on a fast disk), stops it, and says how long that took.
    function Stop-WorkingPipeline {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'A pipeline of the test.')]
        param([powershell] $Pipeline, [string] $Folder)
        $running = $Pipeline.BeginInvoke()
        while (-not [IO.Directory]::Exists($Folder) -or [IO.Directory]::GetFileSystemEntries($Folder).Count -eq 0) { if ($running.IsCompleted) { throw "It ended before it could be stopped: $($Pipeline.Streams.Error)" } }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $Pipeline.Stop()
        $clock.Elapsed.TotalSeconds
    }
}

AfterAll { Clear-TestRoot }

Describe 'Stopped' {
    It 'ends within 2 seconds and leaves nothing visible: <name>' -ForEach @(
        @{ name = 'Restore-Backup'; script = { "Restore-Backup -SnapshotId $($result.SnapshotId) -Destination '$TestRoot/stopped'" }; folder = 'stopped'; operation = 'Restore' }
        @{ name = 'Restore-Backup -InPlace'; script = { "Restore-Backup -SnapshotId $($result.SnapshotId) -Destination '$TestRoot/stopped-in-place' -InPlace" }; folder = 'stopped-in-place'; operation = 'Restore' }
        @{ name = 'Test-BackupIntegrity'; script = { "Test-BackupIntegrity -SnapshotId $($result.SnapshotId) -Level Restore -WorkPath '$TestRoot/work'" }; folder = 'work'; operation = 'Verify' }
    ) {
        $null = New-Item -ItemType Directory -Path (Join-Path $TestRoot 'work') -Force
        $pipeline = Get-TestPipeline -Script (& $script)
        try { Stop-WorkingPipeline -Pipeline $pipeline -Folder (Join-Path $TestRoot $folder) | Should -BeLessThan 2 }
        finally { $pipeline.Runspace.Dispose(); $pipeline.Dispose() }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        # What was left to itself may still say how it ended.
        while ((Get-BackupRun -PolicyName large | Where-Object Operation -EQ $operation | Select-Object -First 1).Status -eq 'Running' -and $clock.Elapsed.TotalSeconds -lt 5) { Start-Sleep -Milliseconds 50 }
        (Get-BackupRun -PolicyName large | Where-Object Operation -EQ $operation | Select-Object -First 1).Status | Should -Be 'Cancelled'
        Get-ChildItem -LiteralPath (Join-Path $TestRoot 'work') | Should -BeNullOrEmpty
        # Files that are there are whole; what was begun has no name that anybody would take for a file of the snapshot, or a mode that says so.
        Get-ChildItem -Path (Join-Path $TestRoot 'stopped-in-place*') -Recurse -File -Force | Should -BeNullOrEmpty
        foreach ($file in Get-ChildItem -Path (Join-Path $TestRoot 'stopped') -Recurse -File -ErrorAction Ignore | Where-Object { -not $_.UnixFileMode.HasFlag([IO.UnixFileMode]::StickyBit) }) {
            (Get-FileHash -LiteralPath $file.FullName).Hash | Should -Be (Get-FileHash -LiteralPath (Join-Path $large $file.Name)).Hash
        }
        # And the next run is as if nothing had been.
        (& ([scriptblock]::Create((& $script)))).Status | Should -BeIn 'Complete', 'Passed'
    }

    It 'ends a process within 2 seconds of SIGINT, and the next run reuses what was uploaded' -Skip:$IsWindows {
        Skip-WithoutTool -Name kill
        $other = Initialize-TestRepository -Name interrupted
        $script = Join-Path $TestRoot 'interrupted.ps1'
        Set-Content -LiteralPath $script -Value "Import-Module '$Manifest'; try { Invoke-Backup -LiteralPath '$large' -Repository interrupted -KeyFile '$keyFile'; 'went on' } catch { 'caught' }; 'and on'"
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-RunningHost).Program, [string[]]((Get-RunningHost).Leading + '-NoProfile', '-NonInteractive', '-File', $script))
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        try {
            # Four packs of some 19: far from the end, and more than the next run's 500 MB leave.
            while ([IO.Directory]::GetFiles((Join-Path $other.Path 'packs'), '*', 'AllDirectories').Count -lt 4) { if ($process.HasExited) { throw "It ended before it could be interrupted: $($process.StandardError.ReadToEnd())" } }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            & kill -INT $process.Id
            $process.WaitForExit(10000) | Should -BeTrue
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
            # Nothing went on behind it.
            $process.StandardOutput.ReadToEnd().Trim() | Should -BeNullOrEmpty
            $process.StandardError.ReadToEnd() | Should -BeNullOrEmpty
        }
        finally { if (-not $process.HasExited) { $process.Kill() }; $process.Dispose() }
        Get-BackupSnapshot -Repository interrupted | Should -BeNullOrEmpty
        (Get-BackupRun -Last 1).Status | Should -Be 'Cancelled'
        $next = Invoke-Backup -LiteralPath $large -Repository interrupted
        $next.Status | Should -Be 'Complete'
        $next.BytesStored | Should -BeLessThan 500MB
    }
}

Describe 'Progress' {
    BeforeAll {
        # More than a fast disk takes in a second.
        $longer = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'longer')).FullName
        1..10 | ForEach-Object { Add-RandomFile -Path (Join-Path $longer "data$_") -Length 150MB -Seed (100 + $_) }
        $long = Invoke-Backup -LiteralPath $longer -Repository vault
        Remove-Item -LiteralPath $longer -Recurse
    }

    It 'shows rate, totals and time left, at most 5 times a second, and ends once: <name>' -ForEach @(
        @{ name = 'Restore-Backup'; script = { "Restore-Backup -SnapshotId $($long.SnapshotId) -Destination '$TestRoot/shown' -Verify" }; activity = 'Restoring*' }
        @{ name = 'Restore-Backup -InPlace'; script = { "Restore-Backup -SnapshotId $($long.SnapshotId) -Destination '$TestRoot/shown-in-place' -InPlace" }; activity = 'Restoring*' }
        @{ name = 'Test-BackupIntegrity'; script = { "Test-BackupIntegrity -SnapshotId $($long.SnapshotId) -Level Restore -WorkPath '$TestRoot'" }; activity = 'Verifying*' }
    ) {
        $pipeline = Get-TestPipeline -Script (& $script)
        try {
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $out = $pipeline.Invoke()
            $seconds = $clock.Elapsed.TotalSeconds
            $records = @($pipeline.Streams.Progress | Where-Object Activity -Like $activity)
        }
        finally { $pipeline.Runspace.Dispose(); $pipeline.Dispose() }
        $out[0].Status | Should -BeIn 'Complete', 'Passed'
        $shown = @($records | Where-Object RecordType -EQ 'Processing')
        $shown.Count | Should -BeGreaterThan 1
        $shown.Count | Should -BeLessOrEqual ([Math]::Ceiling($seconds * 5) + 1)
        $records[-1].RecordType | Should -Be 'Completed'
        @($records | Where-Object RecordType -EQ 'Completed').Count | Should -Be 1
        @($shown.StatusDescription -match ' of \S+ \w+').Count | Should -BeGreaterThan 0
        # A rate over less than half a second is none: a fast disk may be done by then.
        foreach ($record in $shown | Select-Object -Skip 4 | Where-Object PercentComplete -LT 100) {
            $record.StatusDescription | Should -Match 'B/s|items/s'
            if ($record.PercentComplete -gt 0) { $record.StatusDescription | Should -Match ' left' }
        }
        foreach ($record in $shown) { $record.PercentComplete | Should -BeIn (-1..100) }
    }
}
