BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    function Get-SnapshotPath { param($Result) ($Result | Get-BackupItem -Recurse).Path }

    # Content alone: damaged trees of the parent are found by the run itself.
    function Invoke-DataDamage {
        param([string] $Folder)
        foreach ($pack in Get-ChildItem -LiteralPath (Join-Path $Folder 'packs') -Recurse -File) {
            $bytes = [IO.File]::ReadAllBytes($pack.FullName)
            if ($bytes[6] -ne 1) { continue }
            if (-not $IsWindows) { [IO.File]::SetUnixFileMode($pack.FullName, 'UserRead, UserWrite') }
            $bytes[100] = $bytes[100] -bxor 1
            [IO.File]::WriteAllBytes($pack.FullName, $bytes)
        }
    }
}

AfterAll { Clear-TestRoot }

Describe 'Invoke-Backup of a policy' {
    It 'makes a Full, then an Incremental that reads nothing of what is unchanged' {
        $null = New-BackupPolicy -Name web -Source $tree -Repository vault -Exclude '**/*.tmp' -Tag nightly
        # Files younger than two seconds are read again: their times cannot tell a change within one tick.
        Start-Sleep -Milliseconds 2100
        $first = Invoke-Backup web
        $first | Should -BeOfType BackupPS.BackupResult
        $first.Status, $first.Type, $first.PolicyName, $first.ParentId | Should -Be 'Complete', 'Full', 'web', ''
        $first.FilesNew, $first.FilesRead, $first.ItemsExcluded | Should -Be 5, 5, 1
        $second = Invoke-Backup web
        $second.Type, $second.FilesUnchanged, $second.FilesRead, $second.BytesRead | Should -Be 'Incremental', 5, 0, 0
        [IO.File]::WriteAllText((Join-Path $tree 'plain.txt'), 'changed now')
        Remove-Item -LiteralPath (Join-Path $tree 'with space.txt')
        $third = Invoke-Backup web -Type Differential -Tag special
        $third.Type, $third.ParentId, $third.FilesChanged, $third.FilesRemoved | Should -Be 'Differential', $first.SnapshotId, 1, 1
        (Get-BackupSnapshot -SnapshotId $third.SnapshotId).Tag | Sort-Object | Should -Be 'nightly', 'special'
        $null = Initialize-TestTree -Path $tree
        (Invoke-Backup web -Type Full).Type | Should -Be 'Full'
    }

    It 'takes policies as names, as objects and from the pipeline' {
        foreach ($name in 'one', 'two') { $null = New-BackupPolicy -Name $name -Source $tree -Repository vault }
        (Invoke-Backup -PolicyName one, two).PolicyName | Should -Be 'one', 'two'
        (Invoke-Backup -PolicyName (Get-BackupPolicy -Name two)).PolicyName | Should -Be 'two'
        (Get-BackupPolicy -Name one, two | Invoke-Backup).PolicyName | Should -Be 'one', 'two'
    }

    It 'goes on after a policy that is bad: <reason>' -ForEach @(
        @{ reason = 'missing'; id = 'PolicyNotFound' }
        @{ reason = 'source gone'; id = 'NothingToBackUp' }
        @{ reason = 'repository gone'; id = 'StoreUnreachable' }
    ) {
        $null = New-BackupPolicy -Name good -Source $tree -Repository vault -ErrorAction Ignore
        if ($reason -eq 'source gone') { $null = New-BackupPolicy -Name $reason -Source (Join-Path $TestRoot 'gone') -Repository vault -WarningAction Ignore }
        if ($reason -eq 'repository gone') {
            $repository = Initialize-TestRepository -Name lost
            $null = New-BackupPolicy -Name $reason -Source $tree -Repository lost
            Remove-Item -LiteralPath $repository.Path -Recurse -Force
        }
        $result = $reason, 'good' | ForEach-Object { [pscustomobject]@{ PolicyName = $_ } } | Invoke-Backup -ErrorVariable problem -ErrorAction SilentlyContinue
        Remove-BackupPolicy -Name "$reason*" -Confirm:$false -ErrorAction Ignore
        Remove-BackupRepository -Name lost -Confirm:$false -ErrorAction Ignore
        $result.PolicyName | Should -Be 'good'
        $problem.FullyQualifiedErrorId | Should -Contain "$id,BackupPS.Cmdlets.InvokeBackupCommand"
    }

    It 'fails a run whose verification fails, with a result and an error, and stores again what was found' {
        $repository = Initialize-TestRepository -Name verified
        $null = New-BackupPolicy -Name checked -Source $tree -Repository verified -Verify Data
        $whole = Invoke-Backup -PolicyName checked
        $whole.Status, $whole.Verification | Should -Be 'Complete', 'Passed'
        Invoke-DataDamage -Folder $repository.Path
        $broken = Invoke-Backup -PolicyName checked -ErrorVariable problem -ErrorAction SilentlyContinue
        $broken.Status, $broken.Verification | Should -Be 'Failed', 'Failed'
        $problem.Count | Should -BeGreaterThan 0
        (Get-BackupRun -PolicyName checked -Last 1).Status | Should -Be 'Failed'
        $healed = Invoke-Backup -PolicyName checked -WarningAction SilentlyContinue
        $healed.Status, $healed.Verification | Should -Be 'Complete', 'Passed'
    }

    It 'proves what it relies on with -VerifyStored, and stores again what is damaged' {
        $repository = Initialize-TestRepository -Name proved
        $null = New-BackupPolicy -Name proving -Source $tree -Repository proved
        $null = Invoke-Backup -PolicyName proving
        (Invoke-Backup -PolicyName proving -Type Full -VerifyStored -Verbose 4>&1 | Out-String) | Should -Match 'were read and proved'
        Invoke-DataDamage -Folder $repository.Path
        $result = Invoke-Backup -PolicyName proving -Type Full -VerifyStored -WarningVariable warning -WarningAction SilentlyContinue
        $result.Status | Should -Be 'Complete'
        "$warning" | Should -Match 'packs/.* stored again'
        ($result | Restore-Backup -Destination (Join-Path $TestRoot 'proved-out')).Status | Should -Be 'Complete'
    }

    It 'ends with PolicyAlreadyRunning while another process runs it, or waits' -Skip:$IsWindows {
        Skip-WithoutJob
        Skip-WithoutTool -Name kill
        $large = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'large')).FullName
        Add-RandomFile -Path (Join-Path $large 'data') -Length 1GB
        $null = New-BackupPolicy -Name slow -Source $large -Repository vault
        $process = $null
        $other = Start-Job -ScriptBlock {
            Import-Module -Name $using:Manifest
            $PID
            Invoke-Backup -PolicyName slow -KeyFile $using:TestRoot/test.key
        }
        try {
            while (-not (Get-BackupRun -PolicyName slow -Status Running -ErrorAction Ignore)) { if ($other.State -ne 'Running') { throw "The other run ended: $($other | Receive-Job)" } }
            $process = @($other | Receive-Job -Keep)[0]
            # Stopped, it stays under way for as long as this takes.
            & kill -STOP $process
            Invoke-Backup -PolicyName slow -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'PolicyAlreadyRunning,*'
            & kill -CONT $process
            (Invoke-Backup -PolicyName slow -Wait).Type | Should -Be 'Incremental'
        }
        finally {
            if ($process) { & kill -CONT $process 2>$null }
            $other | Wait-Job | Remove-Job
            Remove-Item -LiteralPath $large -Recurse
        }
    }
}

Describe 'Invoke-Backup of paths' {
    It 'makes one snapshot of all that is piped, and counts a folder and its children once' {
        $before = @(Get-BackupSnapshot -Repository vault).Count
        $result = Get-ChildItem -LiteralPath $tree -Recurse | Invoke-Backup -Repository vault -Tag sources
        @($result).Count | Should -Be 1
        $result.FilesNew | Should -Be 6
        @(Get-BackupSnapshot -Repository vault).Count | Should -Be ($before + 1)
        $snapshot = Get-BackupSnapshot -Repository vault -Tag sources
        $snapshot.Source | Sort-Object | Should -Be @('a[1].txt', 'plain.txt', 'sub', 'with space.txt' | ForEach-Object { Join-Path $tree $_ })
        $result.PolicyName, $snapshot.PolicyName | Should -Be '', ''
    }

    It 'saves what was listed below a link where it really is, and the link as a link' -Skip:$IsWindows {
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'linked')).FullName
        $link = New-Item -ItemType SymbolicLink -Path (Join-Path $folder 'link') -Target (Join-Path $tree 'sub')
        $result = Invoke-Backup -LiteralPath $link.FullName, (Join-Path $link.FullName 'one.cs') -Repository vault
        $items = $result | Get-BackupItem -Recurse
        ($items | Where-Object Path -EQ $link.FullName).Type | Should -Be 'SymbolicLink'
        $items.Path | Should -Contain (Join-Path $tree 'sub/one.cs')
    }

    It 'takes files that came from .NET or from another process' {
        (Get-SnapshotPath ([IO.FileInfo]::new((Join-Path $tree 'plain.txt')) | Invoke-Backup -Repository vault)) | Should -Contain (Join-Path $tree 'plain.txt')
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-Item -LiteralPath (Join-Path $tree 'a[1].txt'))))
        (Get-SnapshotPath ($copy | Invoke-Backup -Repository vault)) | Should -Contain (Join-Path $tree 'a[1].txt')
    }

    It 'takes -Path with wildcards, and strings from the pipeline' {
        (Get-BackupSnapshot -SnapshotId (Invoke-Backup -Path "$tree/*.txt" -Repository vault).SnapshotId).Source | Should -Be (Join-Path $tree 'a[1].txt'), (Join-Path $tree 'plain.txt'), (Join-Path $tree 'with space.txt')
        (Get-BackupSnapshot -SnapshotId ("$tree/s*/*.cs" | Invoke-Backup -Repository vault).SnapshotId).Source | Should -Be (Join-Path $tree 'sub/one.cs')
    }

    It 'takes -LiteralPath as it is written, PSDrives, and paths relative to where PowerShell is' {
        (Get-BackupSnapshot -SnapshotId (Invoke-Backup -LiteralPath "$tree/a[1].txt" -Repository vault).SnapshotId).Source | Should -Be (Join-Path $tree 'a[1].txt')
        (Get-BackupSnapshot -SnapshotId (Invoke-Backup -LiteralPath 'TestRoot:/tree/plain.txt' -Repository vault).SnapshotId).Source | Should -Be (Join-Path $tree 'plain.txt')
        Push-Location -LiteralPath 'TestRoot:/tree'
        try { (Get-BackupSnapshot -SnapshotId (Invoke-Backup -Path './sub/../plain.txt' -Repository vault).SnapshotId).Source | Should -Be (Join-Path $tree 'plain.txt') }
        finally { Pop-Location }
    }

    It 'takes names with a backslash' -Skip:$IsWindows {
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'backslash')).FullName
        [IO.File]::WriteAllText("$folder/a\b", 'x')
        Get-SnapshotPath (Get-ChildItem -LiteralPath $folder | Invoke-Backup -Repository vault) | Should -Contain "$folder/a\b"
        Get-SnapshotPath (Invoke-Backup -Path "$folder/a*" -Repository vault) | Should -Contain "$folder/a\b"
    }

    It 'tells of names that .NET cannot carry, and saves the rest' -Skip:(-not $IsLinux) {
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'mangled')).FullName
        & bash -c 'cd "$1" && printf x > "$(printf "bad\377")" && printf y > good && printf z > "$(printf "bad2\xef\xbf\xbd")" && printf z > "$(printf "bad2\376")"' bash $folder
        $result = Get-ChildItem -LiteralPath $folder -Force | Invoke-Backup -Repository vault -ErrorVariable problem -ErrorAction SilentlyContinue
        # bad2 exists twice: once with U+FFFD as a letter, once with a byte that .NET shows as U+FFFD.
        @($problem | Where-Object FullyQualifiedErrorId -Like 'NameNotRepresentable,*').Count | Should -Be 2
        $result.Status, $result.FaultCount | Should -Be 'Incomplete', 2
        Get-SnapshotPath $result | Should -Contain (Join-Path $folder 'good')
        (Get-BackupRun -Last 1).FaultCount | Should -Be 2
        # The walk reads names as bytes.
        $whole = Invoke-Backup -LiteralPath $folder -Repository vault
        $whole.Status, $whole.FilesNew | Should -Be 'Complete', 4
    }

    It 'tells of a path that is missing, or not of a file system, and saves the rest' {
        $result = Invoke-Backup -Path (Join-Path $tree 'plain.txt'), (Join-Path $tree 'none*'), 'Env:/PATH' -Repository vault -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.FullyQualifiedErrorId | Should -Contain 'SourceNotFound,BackupPS.Cmdlets.InvokeBackupCommand'
        $problem.FullyQualifiedErrorId | Should -Contain 'PathNotFileSystem,BackupPS.Cmdlets.InvokeBackupCommand'
        $result.Status | Should -Be 'Incomplete'
        Get-SnapshotPath $result | Should -Contain (Join-Path $tree 'plain.txt')
    }

    It 'makes no snapshot of nothing' {
        $before = @(Get-BackupSnapshot -Repository vault).Count
        Get-ChildItem -LiteralPath $tree -Filter '*.none' | Invoke-Backup -Repository vault -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        Invoke-Backup -LiteralPath (Join-Path $tree 'none') -Repository vault -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem | Should -Not -BeNullOrEmpty
        @(Get-BackupSnapshot -Repository vault).Count | Should -Be $before
    }

    It 'does not take a file for the name of a policy' {
        { Get-Item -LiteralPath (Join-Path $tree 'plain.txt') | Invoke-Backup -ErrorAction Stop } | Should -Throw -ErrorId 'InputObjectNotBound,*'
    }

    It 'filters' {
        $result = Invoke-Backup -LiteralPath $tree -Repository vault -Include '**/*.cs', '**/*.txt' -Exclude '**/deep' -ExcludeLargerThan 6
        Get-SnapshotPath $result | Should -Contain (Join-Path $tree 'plain.txt')
        Get-SnapshotPath $result | Should -Not -Contain (Join-Path $tree 'a[1].txt')
        Get-SnapshotPath $result | Should -Not -Contain (Join-Path $tree 'sub/left.tmp')
        $result.ItemsExcluded | Should -BeGreaterThan 0
    }
}

Describe 'Invoke-Backup of what cannot be read' {
    It 'is Incomplete, with one error for each item, and saves the rest' -Skip:$IsWindows {
        $stage = Initialize-UnprivilegedStage
        & chmod 000 (Join-Path $stage.Tree 'plain.txt') (Join-Path $stage.Tree 'sub/deep')
        try {
            $fresh = Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script @"
`$result = Invoke-Backup -LiteralPath '$($stage.Tree)' -Repository (New-BackupRepository -Path '$($stage.Folder)/vault' -Password ([Net.NetworkCredential]::new('', 'x').SecurePassword)) -ErrorVariable problem -ErrorAction SilentlyContinue
"`$(`$result.Status)|`$(`$result.FaultCount)|`$((`$problem.FullyQualifiedErrorId | Sort-Object -Unique) -join ' ')|`$((`$problem.TargetObject | Sort-Object) -join ' ')|`$((`$result | Get-BackupItem -Recurse).Name -join ' ')"
"@
        }
        finally { & chmod 755 (Join-Path $stage.Tree 'plain.txt') (Join-Path $stage.Tree 'sub/deep') }
        $parts = "$($fresh.Output)$($fresh.ErrorText)".Trim() -split '\|'
        $parts[0..2] | Should -BeExactly 'Incomplete', '2', 'AccessDenied,BackupPS.Cmdlets.InvokeBackupCommand'
        $parts[3] | Should -BeExactly "$($stage.Tree)/plain.txt $($stage.Tree)/sub/deep"
        $parts[4] | Should -BeLike '*one.cs*'
    }
}

Describe 'Invoke-Backup -WhatIf' {
    It 'shows exact counts and bytes, and changes nothing' {
        $null = New-BackupPolicy -Name planned -Source $tree -Repository vault
        $before = Get-FolderState -Path $env:BACKUPPS_HOME, (Get-BackupRepository -Name vault).Path
        $fresh = Invoke-FreshProcess -Script "Invoke-Backup planned -KeyFile '$(Get-TestKeyFile)' -WhatIf"
        $bytes = (Get-ChildItem -LiteralPath $tree -Recurse -File | Measure-Object -Property Length -Sum).Sum
        $fresh.Output | Should -Match "What if:.*reading 6 files, $bytes bytes; 6 new, 0 changed, 0 removed, 0 unchanged"
        Get-FolderState -Path $env:BACKUPPS_HOME, (Get-BackupRepository -Name vault).Path | Should -Be $before
    }
}
