BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $vault = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $null = New-BackupPolicy -Name broken -Source (Join-Path $TestRoot 'gone') -Repository vault -WarningAction Ignore
    $first = Invoke-Backup web
    Start-Sleep -Milliseconds 20
    $between = Get-Date
    Start-Sleep -Milliseconds 20
    $null = Invoke-Backup broken -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
    $broken = Get-BackupRun -PolicyName broken
}

AfterAll { Clear-TestRoot }

Describe 'Get-BackupEvent' {
    It 'tells what a run did, phase after phase, with their durations' {
        $events = Get-BackupEvent -RunId $first.RunId
        $events | Should -BeOfType BackupPS.BackupEvent
        $events.Sequence | Should -Be (1..$events.Count)
        $events[0].Kind, $events[-1].Kind, $events[-1].Message | Should -Be 'Start', 'End', 'Complete'
        ($events | Where-Object Kind -EQ PhaseEnd).Phase | Should -Be 'Open', 'Prepare', 'Scan', 'Save', 'Index', 'Commit'
        $whole = ($events | Where-Object Kind -EQ PhaseEnd | ForEach-Object { $_.Duration.TotalSeconds } | Measure-Object -Sum).Sum
        $whole | Should -BeGreaterThan 0
        $whole | Should -BeLessOrEqual $events[-1].Duration.TotalSeconds
        foreach ($event in $events) { $event.Time.Offset | Should -Be ([timespan]::Zero) }
    }

    It 'locates what went wrong' {
        $problem = $broken | Get-BackupEvent -Kind Error, Fault
        $problem.Kind | Should -Be 'Fault', 'Error'
        $problem.ErrorId | Should -Be 'SourceNotFound', 'NothingToBackUp'
        $problem[0].Path | Should -Be (Join-Path $TestRoot 'gone')
        $problem.Phase | Should -Not -Contain ''
        (Get-BackupEvent -ErrorId SourceNotFound, sourceempty).Sequence | Should -Be $problem[0].Sequence
    }

    It 'takes runs and results along the pipeline, also those that have been through a file' {
        ($first | Get-BackupEvent -Kind End).RunId | Should -Be $first.RunId
        (Get-BackupRun -PolicyName web, broken | Get-BackupEvent -Kind Start).RunId | Should -Be $first.RunId, $broken.RunId
        $restored = $first | Restore-Backup -Destination (Join-Path $TestRoot 'restored')
        ($restored | Get-BackupEvent -Kind PhaseEnd).Phase | Should -Be 'Open', 'Plan', 'Write', 'Barrier'
        $report = $first | Test-BackupIntegrity
        ($report | Get-BackupEvent -Kind PhaseEnd).Phase | Should -Be 'Open', 'Records', 'Snapshots'
        (Optimize-BackupRepository vault -Confirm:$false | Get-BackupEvent -Kind PhaseEnd).Phase | Should -Be 'Open', 'Resume', 'Plan', 'Rewrite', 'Retire', 'Index'
        $first | Export-Clixml -LiteralPath "$TestRoot/copy.xml"
        (Import-Clixml -LiteralPath "$TestRoot/copy.xml" | Get-BackupEvent -Kind End).RunId | Should -Be $first.RunId
    }

    It 'takes the beginning of an id, kinds without case, and times' {
        (Get-BackupEvent $first.RunId.Substring(0, 8) -Kind end).RunId | Should -Be $first.RunId
        $later = Get-BackupEvent -Since $between -Kind Start
        $later.RunId | Should -Contain $broken.RunId
        $later.RunId | Should -Not -Contain $first.RunId
        (Get-BackupEvent -Since ([datetime]::SpecifyKind($between, 'Unspecified')) -Kind Start).RunId | Should -Be $later.RunId
        (Get-BackupEvent -Kind End).RunId | Should -Be (Get-BackupRun | Sort-Object Started).RunId
    }

    It 'knows a run that is none, and goes on after it' {
        $out = Get-BackupEvent -RunId ffffffffffff, $first.RunId -Kind End -ErrorVariable problem -ErrorAction SilentlyContinue
        $out.RunId | Should -Be $first.RunId
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RunNotFound,*'
        $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        { Get-BackupEvent -Kind Nonsense } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'finds the same in the file beside the catalog, a line of JSON for each' {
        $file = Join-Path $env:BACKUPPS_HOME "runs/$($first.Started.ToString('yyyy-MM'))/$($first.RunId).jsonl"
        $lines = Get-Content -LiteralPath $file | ConvertFrom-Json
        $lines.sequence | Should -Be (Get-BackupEvent -RunId $first.RunId).Sequence
        $lines.run | Sort-Object -Unique | Should -Be $first.RunId
        $lines[-1].kind | Should -Be 'End'
    }

    It 'tells of a run whose store could not be reached' {
        Move-Item -LiteralPath $vault.Path -Destination "$($vault.Path).away"
        try { { Invoke-Backup web -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'StoreUnreachable,*' }
        finally { Move-Item -LiteralPath "$($vault.Path).away" -Destination $vault.Path }
        $run = Get-BackupRun -PolicyName web -Last 1
        $run.Status, $run.ErrorId, $run.RepositoryId | Should -Be 'Failed', 'StoreUnreachable', $vault.RepositoryId
        $run | Get-BackupEvent -Kind Error | ForEach-Object { $_.Phase, $_.ErrorId } | Should -Be 'Open', 'StoreUnreachable'
    }
}
