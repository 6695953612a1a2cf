BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $result = Invoke-Backup web
    $script:number = 0
    function Get-Destination { Join-Path $TestRoot "restored/$((++$script:number))" }
    function Get-Content2 { param($Path) [IO.File]::ReadAllText($Path) }
    # Below the destination, items have their whole former path.
    function Get-RestoredPath { param($Destination, $Name = '') Join-Path (Join-Path $Destination $tree.Substring([IO.Path]::GetPathRoot($tree).Length)) $Name }
    function Get-RelativeFile { param($Destination) @(Get-ChildItem -LiteralPath $Destination -Recurse -File -Force | ForEach-Object Name | Sort-Object) }
}

AfterAll { Clear-TestRoot }

Describe 'Restore-Backup' {
    It 'restores a snapshot, a result, or a policy' -ForEach @(
        @{ from = 'snapshot' }, @{ from = 'result' }, @{ from = 'id' }, @{ from = 'prefix' }, @{ from = 'policy' }, @{ from = 'piped policy' }
    ) {
        $destination = Get-Destination
        $restored = switch ($from) {
            'snapshot' { Get-BackupSnapshot -PolicyName web -Last 1 | Restore-Backup -Destination $destination -Verify }
            'result' { $result | Restore-Backup -Destination $destination -Verify }
            'id' { Restore-Backup $result.SnapshotId $destination -Verify }
            'prefix' { Restore-Backup -SnapshotId $result.SnapshotId.Substring(0, 12) -Repository vault -Destination $destination -Verify }
            'policy' { Restore-Backup -PolicyName web -Latest -Destination $destination -Verify }
            'piped policy' { Get-BackupPolicy -Name web | Restore-Backup -Latest -Destination $destination -Verify }
        }
        $restored | Should -BeOfType BackupPS.RestoreResult
        $restored.Status, $restored.FilesRestored, $restored.Verified, $restored.SnapshotId | Should -Be 'Complete', 6, $true, $result.SnapshotId
        foreach ($file in Get-ChildItem -LiteralPath $tree -Recurse -File) {
            $copy = Get-RestoredPath $destination $file.FullName.Substring($tree.Length + 1)
            Get-Content2 $copy | Should -BeExactly (Get-Content2 $file.FullName)
            (Get-Item -LiteralPath $copy).LastWriteTimeUtc | Should -Be $file.LastWriteTimeUtc
        }
    }

    It 'asks for the repository when copies of one are registered' {
        $origin = Initialize-TestRepository -Name origin
        $saved = Invoke-Backup -LiteralPath $tree -Repository origin
        Copy-Item -LiteralPath $origin.Path -Destination "$($origin.Path)-copy" -Recurse
        $null = Connect-BackupRepository -Name twin -Path "$($origin.Path)-copy"
        Restore-Backup $saved.SnapshotId -Destination (Get-Destination) -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotAmbiguous,*'
        $problem[0].Exception.Message | Should -BeLike '*origin*twin*-Repository*'
        (Restore-Backup $saved.SnapshotId -Repository twin -Destination (Get-Destination)).Status | Should -Be Complete
        Remove-BackupRepository -Name twin -Confirm:$false
    }

    It 'restores the snapshot of a time' {
        $null = New-BackupPolicy -Name timed -Source $tree -Repository vault
        $old = Invoke-Backup -PolicyName timed
        Start-Sleep -Milliseconds 20
        $between = Get-Date
        $null = Invoke-Backup -PolicyName timed
        (Restore-Backup -PolicyName timed -At $between -Destination (Get-Destination)).SnapshotId | Should -Be $old.SnapshotId
        Restore-Backup -PolicyName timed -At $between.AddYears(-1) -Destination (Get-Destination) -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
    }

    It 'wants to know which snapshot of a policy' {
        Restore-Backup -PolicyName web -Destination (Get-Destination) -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'restores chosen paths, by pattern and as written' {
        $destination = Get-Destination
        ($result | Restore-Backup -Destination $destination -Path "$tree/**/*.cs").FilesRestored | Should -Be 2
        Get-RelativeFile $destination | Should -Be 'one.cs', 'two.cs'
        $destination = Get-Destination
        $null = $result | Restore-Backup -Destination $destination -LiteralPath "$tree/a[1].txt", "$tree/sub"
        Get-RelativeFile $destination | Should -Be 'a[1].txt', 'left.tmp', 'one.cs', 'two.cs'
    }

    It 'restores items from the pipeline, one restore for each snapshot' {
        $destination = Get-Destination
        $restored = $result | Get-BackupItem -Recurse | Where-Object { $_.Name -in 'a[1].txt', 'two.cs' } | Restore-Backup -Destination $destination
        @($restored).Count | Should -Be 1
        Get-RelativeFile $destination | Should -Be 'a[1].txt', 'two.cs'
        $another = Invoke-Backup web
        $restored = $result, $another | Get-BackupItem -LiteralPath (Join-Path $tree 'plain.txt') | Restore-Backup -Destination (Get-Destination) -Overwrite Always
        $restored.SnapshotId | Should -Be $result.SnapshotId, $another.SnapshotId
    }

    It 'leaves alone or overwrites what is there, as -Overwrite <overwrite> says' -ForEach @(
        @{ overwrite = 'Never'; older = 'mine'; changed = 'mine'; same = 'plain' }
        @{ overwrite = 'IfNewer'; older = 'plain'; changed = 'mine'; same = 'plain' }
        @{ overwrite = 'IfChanged'; older = 'plain'; changed = 'plain'; same = 'plain' }
        @{ overwrite = 'Always'; older = 'plain'; changed = 'plain'; same = 'plain' }
    ) {
        $destination = Get-Destination
        $null = $result | Restore-Backup -Destination $destination
        $file = Get-RestoredPath $destination 'plain.txt'
        (Get-RestoredPath $destination 'plain.txt' | Get-Item).LastWriteTimeUtc | Should -Be (Get-Item -LiteralPath (Join-Path $tree 'plain.txt')).LastWriteTimeUtc
        $null = $result | Restore-Backup -Destination $destination -Overwrite $overwrite
        Get-Content2 $file | Should -BeExactly $same
        [IO.File]::WriteAllText($file, 'mine')
        [IO.File]::SetLastWriteTimeUtc($file, [datetime]::UtcNow.AddDays(1))
        $null = $result | Restore-Backup -Destination $destination -Overwrite $overwrite
        Get-Content2 $file | Should -BeExactly $changed
        [IO.File]::WriteAllText($file, 'mine')
        [IO.File]::SetLastWriteTimeUtc($file, [datetime]::UtcNow.AddYears(-1))
        $restored = $result | Restore-Backup -Destination $destination -Overwrite $overwrite
        Get-Content2 $file | Should -BeExactly $older
        if ($overwrite -eq 'Never') { $restored.FilesRestored, $restored.FilesSkipped | Should -Be 0, 6 }
    }

    It 'names what was there, differs and was left alone, as of several snapshots that go to one destination' {
        $changing = Initialize-TestTree -Path (Join-Path $TestRoot 'changing')
        $saved = foreach ($text in 'first', 'second') {
            [IO.File]::WriteAllText("$changing/plain.txt", $text)
            Invoke-Backup -LiteralPath $changing -Repository vault
        }
        $destination = Get-Destination
        $restored = $saved | Restore-Backup -Destination $destination -WarningVariable warning -WarningAction SilentlyContinue
        $restored.Status | Should -Be 'Complete', 'Incomplete'
        $restored.FilesDifferent | Should -Be 0, 1
        $restored[1].Different | Should -BeLike "$changing/plain.txt: 5 bytes, where the snapshot has 6"
        $warning | Should -BeLike '*1 items that were there already*-Overwrite Never*plain.txt*'
        $restored = $saved | Restore-Backup -Destination $destination -Overwrite Always
        $restored.Status | Should -Be 'Complete', 'Complete'
    }

    It 'tells of each pattern that matches nothing, though another does' {
        $restored = $result | Restore-Backup -Destination (Get-Destination) -Path '**/plain.txt', '/none/*' -ErrorVariable problem -ErrorAction SilentlyContinue
        $restored.Status, $restored.FilesRestored | Should -Be Incomplete, 1
        @($problem).Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFound,*'
        $problem[0].TargetObject | Should -BeExactly '/none/*'
    }

    It 'tells of a path that is not in the snapshot' {
        $result | Restore-Backup -Destination (Get-Destination) -LiteralPath "$tree/none" -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFound,*'
    }

    It 'tells of a run that made no snapshot' {
        $empty = [pscustomobject]@{ SnapshotId = ''; Repository = 'vault' }
        $empty | Restore-Backup -Destination (Get-Destination) -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
    }

    It 'takes PSDrives and relative destinations' {
        $null = $result | Restore-Backup -Destination 'TestRoot:/on-drive'
        Get-RestoredPath (Join-Path $TestRoot 'on-drive') 'plain.txt' | Should -Exist
        Push-Location -LiteralPath $TestRoot
        try { $null = $result | Restore-Backup -Destination './relative' }
        finally { Pop-Location }
        Get-RestoredPath (Join-Path $TestRoot 'relative') 'plain.txt' | Should -Exist
    }

    It 'opens up a folder of its own that is closed, and closes it again' -Skip:$IsWindows {
        $stage = Initialize-UnprivilegedStage
        $fresh = Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script @"
`$result = Invoke-Backup -LiteralPath '$($stage.Tree)' -Repository (New-BackupRepository -Path '$($stage.Folder)/vault' -Password ([Net.NetworkCredential]::new('', 'x').SecurePassword))
`$closed = New-Item -ItemType Directory -Path '$($stage.Folder)/restored$($stage.Tree)/sub'
[IO.File]::SetUnixFileMode('$($stage.Folder)/restored$($stage.Tree)/sub', 'UserRead, UserExecute')
`$restored = `$result | Restore-Backup -Destination '$($stage.Folder)/restored' -ErrorVariable problem -ErrorAction SilentlyContinue -WarningAction Ignore
"`$(`$restored.Status)|`$(`$problem.Count)|`$(Test-Path -LiteralPath '$($stage.Folder)/restored$($stage.Tree)/sub/one.cs')|`$([IO.File]::GetUnixFileMode(`$closed.FullName))"
"@
        "$($fresh.Output)$($fresh.ErrorText)".Trim() | Should -BeExactly 'Complete|0|True|UserExecute, UserRead'
    }

    It 'is Incomplete where something cannot be written, and restores the rest' {
        $destination = Get-Destination
        $null = New-Item -ItemType File -Force -Path (Get-RestoredPath $destination 'sub')
        $restored = $result | Restore-Backup -Destination $destination -ErrorVariable problem -ErrorAction SilentlyContinue
        $restored.Status, ($restored.FaultCount -gt 0), (Get-BackupRun -Last 1).Status | Should -Be Incomplete, $true, Incomplete
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'TargetConflict,*'
        Get-RestoredPath $destination 'plain.txt' | Should -Exist
    }

    It 'shows exact counts and bytes under -WhatIf, and changes nothing' {
        $destination = Get-Destination
        $before = Get-FolderState -Path $env:BACKUPPS_HOME, (Get-BackupRepository -Name vault).Path
        $fresh = Invoke-FreshProcess -Script "Restore-Backup -SnapshotId $($result.SnapshotId) -Repository vault -KeyFile '$(Get-TestKeyFile)' -Destination '$destination' -WhatIf"
        $bytes = (Get-ChildItem -LiteralPath $tree -Recurse -File | Measure-Object -Property Length -Sum).Sum
        $fresh.Output | Should -Match "What if:.*writing 6 files, $bytes bytes"
        $destination | Should -Not -Exist
        Get-FolderState -Path $env:BACKUPPS_HOME, (Get-BackupRepository -Name vault).Path | Should -Be $before
    }

    Context 'in place' {
        BeforeEach {
            $destination = Get-Destination
            $null = $result | Restore-Backup -Destination $destination
            $plain = Get-RestoredPath $destination 'plain.txt'
            $extra = Get-RestoredPath $destination 'sub/extra.txt'
            [IO.File]::WriteAllText($plain, 'mine')
            [IO.File]::WriteAllText($extra, 'extra')
            Remove-Item -LiteralPath (Get-RestoredPath $destination 'sub/one.cs')
        }

        It 'compares, replaces and creates, and counts each' {
            $restored = $result | Restore-Backup -InPlace -Destination $destination -Verify
            $restored.Status, $restored.InPlace, $restored.Verified | Should -Be Complete, $true, $true
            $restored.FilesCompared, $restored.FilesUnchanged, $restored.FilesChanged, $restored.FilesCreated, $restored.FilesDeleted | Should -Be 5, 4, 1, 1, 0
            $restored.FilesRestored | Should -Be 2
            $restored.BytesRestored + $restored.BytesReused | Should -Be (Get-ChildItem -LiteralPath $tree -Recurse -File | Measure-Object -Property Length -Sum).Sum
            Get-Content2 $plain | Should -BeExactly 'plain'
            $extra | Should -Exist
            $again = $result | Restore-Backup -InPlace -Destination $destination
            $again.FilesRestored, $again.BytesRestored, $again.FilesUnchanged | Should -Be 0, 0, 6
        }

        It 'deletes with -DeleteExtra what the snapshot does not have, and -WhatIf says what that is' -Skip:($IsWindows -or $IsMacOS) {
            $before = Get-FolderState -Path $destination, $env:BACKUPPS_HOME
            $fresh = Invoke-FreshProcess -Script "Restore-Backup -SnapshotId $($result.SnapshotId) -Repository vault -KeyFile '$(Get-TestKeyFile)' -InPlace -DeleteExtra -Destination '$destination' -WhatIf"
            $fresh.Output | Should -Match 'What if:.*changing 1 files, creating 1, deleting 1 of 5 bytes; fetching 15 bytes, reusing'
            $fresh.Output | Should -BeLike "*Delete $tree/sub/extra.txt*"
            Get-FolderState -Path $destination, $env:BACKUPPS_HOME | Should -Be $before
            ($result | Restore-Backup -InPlace -DeleteExtra -Destination $destination).FilesDeleted | Should -Be 1
            $extra | Should -Not -Exist
        }

        It 'restores to the former places where no destination is named' -Skip:$IsWindows {
            $own = Initialize-TestTree -Path (Join-Path $TestRoot "own-$number")
            $saved = Invoke-Backup -LiteralPath $own -Repository vault
            [IO.File]::WriteAllText("$own/plain.txt", 'mine')
            $restored = $saved | Restore-Backup -InPlace -LiteralPath "$own/plain.txt"
            $restored.Destination, $restored.FilesChanged, $restored.FilesCompared | Should -Be '/', 1, 1
            Get-Content2 "$own/plain.txt" | Should -BeExactly 'plain'
        }

        It 'leaves what is there with -Overwrite Never, and writes into the files with -NoRollback' {
            $restored = $result | Restore-Backup -InPlace -Overwrite Never -Destination $destination
            $restored.FilesSkipped, $restored.FilesCreated | Should -Be 5, 1
            Get-Content2 $plain | Should -BeExactly 'mine'
            ($result | Restore-Backup -InPlace -NoRollback -Destination $destination).FilesChanged | Should -Be 1
            Get-Content2 $plain | Should -BeExactly 'plain'
        }

        It 'leaves a folder alone that a user has called .backupps-restore, and finds nothing to end' -Skip:($IsWindows -or $IsMacOS) {
            $own = New-Item -ItemType Directory -Path (Join-Path $destination '.backupps-restore')
            $null = $result | Restore-Backup -Destination $destination -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem.Count | Should -Be 0
            foreach ($way in @{ Rollback = $true }, @{ Resume = $true }) {
                Restore-Backup @way -Destination $destination -ErrorVariable problem -ErrorAction SilentlyContinue
                $problem[0].FullyQualifiedErrorId | Should -BeLike 'RestoreNotFound,*'
            }

            $own | Should -Exist
        }

        It 'refuses where one was interrupted, says who began it and when, and ends it with -Rollback' -Skip:($IsWindows -or $IsMacOS) {
            # A journal that is lost is the worst that a process which died can leave.
            $run = '0123456789abcdef0123456789abcdef'
            $work = New-Item -ItemType Directory -Path (Join-Path $destination ".backupps-restore-$run")
            [IO.File]::WriteAllText("$work/journal", 'not one')
            $null = $result | Restore-Backup -Destination $destination -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'RestoreUnfinished,*'
            $problem[0].ErrorDetails.RecommendedAction | Should -BeLike '*-Resume*-Rollback*'
            "$($problem[0])" | Should -BeLike "*$run*"
            $ended = Restore-Backup -Rollback -Destination $destination -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
            $ended.Status | Should -Be 'Incomplete'
            $ended.Faults | Should -BeLike "*backupps-left-$run*"
            $work | Should -Not -Exist
            # It goes on, and leaves alone what is there and differs.
            ($result | Restore-Backup -Destination $destination).Status | Should -Be 'Incomplete'
            Get-Content2 $plain | Should -BeExactly 'mine'
        }

        It 'wants -InPlace with what goes with it, and a destination without it' {
            $result | Restore-Backup -Destination $destination -DeleteExtra -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $result | Restore-Backup -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $problem[0].Exception.Message | Should -BeLike '*-Destination*-InPlace*'
        }
    }
}
