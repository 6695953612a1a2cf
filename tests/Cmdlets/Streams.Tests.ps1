# What goes to which stream: a story under -Verbose, errors that can be caught and kept, progress for a terminal alone, and no colour of our own.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    . (Join-Path $PSScriptRoot 'NounSample.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $vault = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault -Verify Structure
    # The verbose stream of a command as one text.
    function Get-Story { param([scriptblock] $Script) (& $Script 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | ForEach-Object Message) -join "`n" }
    $escape = [char]27
}

AfterAll { Clear-TestRoot }

Describe '-Verbose tells the story' {
    It 'of a backup: what, where to, why this type, against what, what was read and stored, and how it ended' {
        $story = Get-Story { $script:first = Invoke-Backup -PolicyName web -Verbose }
        $story | Should -BeLike "*Full backup of $tree to 'vault': there is no Full yet.*"
        $story | Should -Match 'Found 6 files and \d+ folders: 6 new files, 0 changed, 0 removed, 0 unchanged'
        $story | Should -Match 'Read 6 files with \d+ bytes: \d+ bytes of content and folders were new to the repository, and are \d+ bytes in 2 packs'
        $story | Should -BeLike "*Snapshot $($first.SnapshotId) is committed: Complete.*"
        $story | Should -Match 'Verifying the snapshot as its policy says: Structure'

        Set-Content -LiteralPath (Join-Path $tree 'plain.txt') -Value 'changed'
        $story = Get-Story { $script:second = Invoke-Backup -PolicyName web -Verbose }
        $story | Should -BeLike "*Incremental backup of $tree to 'vault': there is a Full.*"
        $story | Should -BeLike "*Its parent is snapshot $($first.SnapshotId) of $($first.Started.ToString('u')), Full, with 6 files*"
        $story | Should -Match 'The repository has \d+ blobs in 2 packs'
        $story | Should -Match 'Found 6 files and \d+ folders: 0 new files, 1 changed, 0 removed, 5 unchanged'
    }

    It 'of a restore: which snapshot, of what and when, where to, and what was written' {
        $destination = Join-Path $TestRoot 'restored'
        $story = Get-Story { Restore-Backup -SnapshotId $second.SnapshotId -Destination $destination -Verbose }
        $story | Should -BeLike "*Snapshot $($second.SnapshotId) in 'vault' holds $tree of $([Environment]::MachineName) at $($second.Started.ToString('u')), policy web: 6 files*"
        $story | Should -BeLike "*Restoring 6 items (* bytes) to '$destination', -Overwrite Never.*"
        $story | Should -Match 'Wrote 6 items with \d+ bytes and \d+ folders, and left 0 items alone'
        $story = Get-Story { Restore-Backup -SnapshotId $second.SnapshotId -Destination $destination -InPlace -Verbose }
        $story | Should -BeLike "*Comparing '$destination'*are as they should be; replacing 0, creating 0, deleting 0.*"
    }

    It 'of a verification: what is there, what is verified how, and what was found' {
        $story = Get-Story { Test-BackupIntegrity -Repository vault -Level Restore -Verbose }
        $story | Should -Match '\d+ packs are in the index, \d+ in the store\. Snapshots to verify at level Restore: 2\.'
        $story | Should -Match "The trial restore of snapshot $($second.SnapshotId) wrote 6 items with \d+ bytes, which were read back"
        $story | Should -Match 'Checked \d+ objects.*; \d+ bytes read, no damage'
    }

    It 'of an optimization: what is needed, what is written anew and what is deleted' {
        Remove-BackupSnapshot -SnapshotId $first.SnapshotId -Confirm:$false
        $story = Get-Story { Optimize-BackupRepository -Repository vault -MaxUnusedPercent 0 -Confirm:$false -Verbose }
        $story | Should -Match '1 snapshots need \d+ packs'
        $story | Should -Match 'What is needed of \d+ packs is in \d+ new ones'
        $story | Should -Match 'Deleted \d+ packs \(\d+ bytes\), replaced \d+ index objects'
    }

    It 'of a connection: what is unlocked, with what, and under which name' {
        $story = Get-Story { Connect-BackupRepository -Name again -Path $vault.Path -KeyFile (Get-TestKeyFile) -Verbose }
        $story | Should -BeLike "*Unlocking the repository in '$($vault.Path)' with the key file '$(Get-TestKeyFile)'.*"
        $story | Should -BeLike "*Repository $($vault.RepositoryId) in '$($vault.Path)', created * is unlocked for this process and registered as 'again'.*"
        Remove-BackupRepository -Name again -Confirm:$false
        $null = Connect-BackupRepository -Name vault -KeyFile (Get-TestKeyFile)
    }

    It 'and never a secret' {
        $null = New-BackupRepository -Name secretive -Path (Join-Path $TestRoot 'secretive') -Password (Get-TestPassword)
        $story = Get-Story { Connect-BackupRepository -Name secretive -Password (Get-TestPassword) -Verbose }
        $story | Should -Match 'with the passphrase given'
        $story | Should -Not -Match 'correct|horse'
    }

    It 'and nothing without it' {
        Get-Story { Invoke-Backup -PolicyName web; Test-BackupIntegrity -Repository vault; Restore-Backup -PolicyName web -Latest -Destination (Join-Path $TestRoot 'silent') } | Should -BeNullOrEmpty
    }
}

Describe 'Errors' {
    It 'go to -ErrorVariable, one for each record that failed, and add up with +' {
        $out = 'nowhere', 'web', 'neither' | Get-BackupPolicy -ErrorVariable problem -ErrorAction SilentlyContinue
        $out.PolicyName | Should -Be 'web'
        $problem.TargetObject | Should -Be 'nowhere', 'neither'
        Get-BackupPolicy -Name nobody -ErrorVariable +problem -ErrorAction SilentlyContinue
        $problem.TargetObject | Should -Be 'nowhere', 'neither', 'nobody'
    }

    It 'end the pipeline with -ErrorAction Stop, before the next record' {
        $out = [System.Collections.Generic.List[object]]::new()
        { 'web', 'nowhere', 'web' | Get-BackupPolicy -ErrorAction Stop | ForEach-Object { $out.Add($_) } } | Should -Throw -ErrorId 'PolicyNotFound,*'
        $out.Count | Should -Be 1
        & {
            $ErrorActionPreference = 'Stop'
            try { Get-BackupPolicy -Name nowhere; 'went on' } catch { $_.CategoryInfo.Category }
        } | Should -Be 'ObjectNotFound'
    }

    It 'are kept out of $Error with -ErrorAction Ignore' {
        $Error.Clear()
        Get-BackupPolicy -Name nowhere -ErrorAction Ignore | Should -BeNullOrEmpty
        $Error.Count | Should -Be 0
    }
}

Describe 'Redirected' {
    BeforeAll {
        $large = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'large')).FullName
        Add-RandomFile -Path (Join-Path $large 'data') -Length 300MB
    }
    AfterAll { Remove-Item -LiteralPath $large -Recurse }

    It 'shows no progress and no escape code, whatever $ProgressPreference says' {
        $fresh = Invoke-FreshProcess -Environment @{ NO_COLOR = $null; TERM = 'xterm-256color' } -Script @"
`$ProgressPreference = 'Continue'
Invoke-Backup -LiteralPath '$large' -Repository vault -KeyFile '$(Get-TestKeyFile)' | ForEach-Object Status
Get-BackupSnapshot -Repository vault | Format-Table | Out-String
"@
        $fresh.ExitCode | Should -Be 0
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.Output | Should -Match '^Complete\s'
        $fresh.Output | Should -Not -Match 'Backing up|items|left'
        $fresh.Output | Should -Not -Match $escape
    }
}

Describe 'Colour' {
    It 'comes from $PSStyle alone: the rows of a view hold no escape code' {
        $kept = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'Ansi'
            foreach ($sample in Get-NounSample) {
                $lines = ($sample | Format-Table | Out-String -Width 160) -split '\r?\n' | Where-Object { $_ }
                # PowerShell colours the header.
                $lines[0] | Should -Match $escape
                $lines | Select-Object -Skip 2 | Should -Not -Match $escape -Because $sample.GetType().Name
            }
            $PSStyle.OutputRendering = 'PlainText'
            Get-NounSample | Format-Table | Out-String | Should -Not -Match $escape
        }
        finally { $PSStyle.OutputRendering = $kept }
    }

    It 'does not come from a name either: control characters of names are shown, not sent' {
        $free = 'Path', 'Name', 'Owner', 'Group', 'LinkTarget', 'PolicyName', 'Repository', 'HostName', 'UserName', 'Source', 'Tag', 'Message', 'Destination', 'Reason'
        $hostile = "x$escape[31m$([char]0x9b)2J$([char]7)`n"
        $count = 0
        foreach ($sample in Get-NounSample) {
            # The others have one of a few words.
            foreach ($property in $sample.GetType().GetProperties() | Where-Object { $_.CanWrite -and $_.PropertyType -eq [string] -and $_.Name -notin $free }) { $property.SetValue($sample, 'word') }
            foreach ($property in $sample.GetType().GetProperties() | Where-Object Name -In $free) {
                $property.SetValue($sample, ($property.PropertyType.IsArray ? [string[]]($hostile, $hostile) : $hostile))
                $count++
            }
            $row = ($sample | Format-Table | Out-String -Width 400) -replace '\e\[[\d;]*m(?=.*\e\[0m)' -split '\r?\n' | Where-Object { $_ } | Select-Object -Skip 2
            # A decision's narrow columns wrap; a line break in a name would make more of it.
            @($row).Count | Should -BeIn $($sample -is [BackupPS.RetentionDecision] ? 3 : 1) -Because $sample.GetType().Name
            $row | Should -Not -Match '[\x00-\x1f\x7f-\x9f]' -Because $sample.GetType().Name
        }
        $count | Should -BeGreaterThan 20
    }

    It 'is off where NO_COLOR says so, in what is shown and in errors' {
        $fresh = Invoke-FreshProcess -Environment @{ NO_COLOR = '1' } -Script "`$PSStyle.OutputRendering; Get-BackupRepository | Out-String; Get-BackupPolicy -Name nowhere"
        ($fresh.Output -split '\r?\n')[0] | Should -Be 'PlainText'
        $fresh.Output | Should -Match 'vault'
        "$($fresh.Output)$($fresh.ErrorText)" | Should -Not -Match $escape
    }
}
