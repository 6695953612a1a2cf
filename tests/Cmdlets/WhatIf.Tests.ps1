# -WhatIf says what would happen; where it would fail, it says that. Each failure that can be found without doing anything, with and without -WhatIf.

BeforeDiscovery {
    $failures = @(
        @{ what = 'a new policy with a name that exists'; id = 'PolicyExists'; try = { New-BackupPolicy -Name WEB -Source $tree -Repository vault @mode } }
        @{ what = 'a new policy with a duration that is none'; id = 'InvalidDuration'; try = { New-BackupPolicy -Name new -Source $tree -Repository vault -KeepWithin soon @mode } }
        @{ what = 'a new policy without such a repository'; id = 'RepositoryNotFound'; try = { New-BackupPolicy -Name new -Source $tree -Repository nowhere @mode } }
        @{ what = 'a policy that gets a duration that is none'; id = 'InvalidDuration'; try = { Set-BackupPolicy -Name web -FullEvery 7x @mode } }
        @{ what = 'a policy that gets a zone that is none'; id = '*'; try = { Set-BackupPolicy -Name web -TimeZone Nowhere/City @mode } }
        @{ what = 'a file of policies that exists and must not be replaced'; id = 'TargetConflict'; try = { Export-BackupPolicy -Path "$tree/plain.txt" -NoClobber @mode } }
        @{ what = 'a file of policies where there is a folder'; id = 'DestinationUnusable'; try = { Export-BackupPolicy -Path $tree @mode } }
        @{ what = 'a file of policies in a folder that is not there'; id = 'DestinationUnusable'; try = { Export-BackupPolicy -Path "$TestRoot/nowhere/policies.json" @mode } }
        @{ what = 'exporting a policy that is not there'; id = 'PolicyNotFound'; try = { Export-BackupPolicy -Path "$TestRoot/fresh" -Name nope @mode } }
        @{ what = 'importing a file that is not there'; id = 'SourceNotFound'; try = { Import-BackupPolicy -Path "$TestRoot/nowhere.json" @mode } }
        @{ what = 'importing a file that has no policies'; id = 'PolicyFileInvalid'; try = { Import-BackupPolicy -Path "$tree/plain.txt" @mode } }
        @{ what = 'importing a policy that exists'; id = 'PolicyExists'; try = { Import-BackupPolicy -Path $policyFile @mode } }
        @{ what = 'importing into a repository that is not there'; id = 'RepositoryNotFound'; try = { Import-BackupPolicy -Path $policyFile -Repository nowhere -Force @mode } }
        @{ what = 'a policy that is not there'; id = 'PolicyNotFound'; try = { Set-BackupPolicy -Name nope -KeepLast 1 @mode } }
        @{ what = 'removing a policy that is not there'; id = 'PolicyNotFound'; try = { Remove-BackupPolicy -Name nope @mode } }
        @{ what = 'a new repository with a name that exists'; id = 'RepositoryExists'; try = { New-BackupRepository -Name VAULT -Path "$TestRoot/fresh" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a new repository with a name that cannot be one'; id = 'InvalidArgument'; try = { New-BackupRepository -Name 'a/b' -Path "$TestRoot/fresh" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a new repository in a folder that is not empty'; id = 'FolderNotEmpty'; try = { New-BackupRepository -Path $tree -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a new repository in a file'; id = 'FolderNotEmpty'; try = { New-BackupRepository -Path "$tree/plain.txt" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a new repository where there is one'; id = 'RepositoryExists'; try = { New-BackupRepository -Path "$TestRoot/repositories/vault" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a repository that gets the name of another'; id = 'RepositoryExists'; try = { Set-BackupRepository -Name vault -NewName other @mode } }
        @{ what = 'a repository that gets the folder of another'; id = 'RepositoryExists'; try = { Set-BackupRepository -Name vault -Path "$TestRoot/repositories/other" @mode } }
        @{ what = 'a repository that gets a folder without one'; id = '*'; try = { Set-BackupRepository -Name vault -Path $tree @mode } }
        @{ what = 'removing a repository that is not there'; id = 'RepositoryNotFound'; try = { Remove-BackupRepository -Name nowhere @mode } }
        @{ what = 'optimizing a repository that is not there'; id = 'RepositoryNotFound'; try = { Optimize-BackupRepository -Repository nowhere @mode } }
        @{ what = 'removing a snapshot with a hold'; id = 'SnapshotHeld'; try = { Remove-BackupSnapshot $held -Repository vault @mode } }
        @{ what = 'removing a snapshot that is not there'; id = 'SnapshotNotFound'; try = { Remove-BackupSnapshot ffffffff -Repository vault @mode } }
        @{ what = 'changing a snapshot that is not there'; id = 'SnapshotNotFound'; try = { Set-BackupSnapshot ffffffff -Repository vault -Hold @mode } }
        @{ what = 'retention without rules'; id = 'RetentionRuleMissing'; try = { Remove-BackupSnapshot -PolicyName web -ApplyRetention @mode } }
        @{ what = 'a backup of a policy that is not there'; id = 'PolicyNotFound'; try = { Invoke-Backup -PolicyName nope @mode } }
        @{ what = 'a restore of a snapshot that is not there'; id = 'SnapshotNotFound'; try = { Restore-Backup ffffffff -Repository vault -Destination "$TestRoot/fresh" @mode } }
        @{ what = 'a policy that gets a repository that is not there'; id = 'RepositoryNotFound'; try = { Set-BackupPolicy -Name web -Repository nowhere @mode } }
        @{ what = 'connecting where there is no folder'; id = '*'; try = { Connect-BackupRepository -Name new -Path "$TestRoot/nowhere" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'connecting where there is no repository'; id = '*'; try = { Connect-BackupRepository -Name new -Path $tree -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'connecting a name that is not known'; id = 'RepositoryNotFound'; try = { Connect-BackupRepository -Name nowhere -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'connecting with a wrong key'; id = '*'; try = { Connect-BackupRepository -Name vault -KeyFile (Get-TestKeyFile -Name wrong.key) @mode } }
        @{ what = 'connecting with a key that is not there'; id = '*'; try = { Connect-BackupRepository -Name vault -KeyFile "$TestRoot/no.key" @mode } }
        @{ what = 'connecting by a name that stands for another'; id = 'RepositoryExists'; try = { Connect-BackupRepository -Name other -Path "$TestRoot/repositories/vault" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'disconnecting what is not there'; id = 'RepositoryNotFound'; try = { Disconnect-BackupRepository -Name nowhere @mode } }
        @{ what = 'removing a repository that policies save into'; id = 'RepositoryInUse'; try = { Remove-BackupRepository -Name vault -DeleteData @mode } }
        @{ what = 'forgetting a repository that is not registered'; id = 'RepositoryNotFound'; try = { Remove-BackupRepository -Name "$TestRoot/nowhere" @mode } }
        @{ what = 'a backup of paths that are not there'; id = '*'; try = { Invoke-Backup -LiteralPath "$TestRoot/no", "$TestRoot/none" -Repository vault @mode } }
        @{ what = 'a backup of a policy whose sources are not there'; id = '*'; try = { Invoke-Backup -PolicyName lost @mode } }
        @{ what = 'a backup into a repository that is not there'; id = 'RepositoryNotFound'; try = { Invoke-Backup -LiteralPath $tree -Repository nowhere @mode } }
        @{ what = 'a restore into a repository'; id = 'InsideRepository'; try = { Restore-Backup $held -Destination "$TestRoot/repositories/other/packs" @mode } }
        @{ what = 'a restore into a repository, in place'; id = 'InsideRepository'; try = { Restore-Backup $held -Destination "$TestRoot/repositories/vault" -InPlace @mode } }
        @{ what = 'a restore of a path that is not there'; id = '*'; try = { Restore-Backup $held -Path '**/nothing.like.it' -Destination "$TestRoot/fresh" @mode } }
        @{ what = 'a restore in place into a file'; id = 'DestinationUnusable'; try = { Restore-Backup $held -Destination "$tree/plain.txt" -InPlace @mode } }
        @{ what = 'a restore below a file'; id = 'DestinationUnusable'; try = { Restore-Backup $held -Destination "$tree/plain.txt/below" @mode } }
        @{ what = 'a restore into a file'; id = 'DestinationUnusable'; try = { Restore-Backup $held -Destination "$tree/plain.txt" @mode } }
        @{ what = 'a restore without a place'; id = 'InvalidArgument'; try = { Restore-Backup $held @mode } }
        @{ what = 'a restore of a policy without saying which snapshot'; id = 'InvalidArgument'; try = { Restore-Backup -PolicyName web -Destination "$TestRoot/fresh" @mode } }
        @{ what = 'a restore from before the first snapshot'; id = 'SnapshotNotFound'; try = { Restore-Backup -PolicyName web -At 2020-01-01 -Destination "$TestRoot/fresh" @mode } }
        @{ what = 'completing a restore that was not interrupted'; id = 'RestoreNotFound'; try = { Restore-Backup -Resume -Destination $tree @mode } }
        @{ what = 'rolling back a restore that was not interrupted'; id = 'RestoreNotFound'; try = { Restore-Backup -Rollback -Destination $tree @mode } }
        @{ what = 'changing a snapshot without saying what'; id = 'InvalidArgument'; try = { Set-BackupSnapshot $held @mode } }
        @{ what = 'retention of a policy that is not there'; id = 'PolicyNotFound'; try = { Remove-BackupSnapshot -PolicyName nope -ApplyRetention @mode } }
    )
    # One call of each command that changes something, or several, for a repository and its policy and snapshot in whatever state.
    $calls = @(
        @{ command = 'New-BackupRepository'; call = { New-BackupRepository -Path $at.Path -KeyFile $key @mode } }
        @{ command = 'Connect-BackupRepository'; call = { Connect-BackupRepository -Name $at.Name -KeyFile $key @mode } }
        @{ command = 'Connect-BackupRepository'; call = { Connect-BackupRepository -Name $at.Name @mode } }
        @{ command = 'Disconnect-BackupRepository'; call = { Disconnect-BackupRepository -Name $at.Name @mode } }
        @{ command = 'Disconnect-BackupRepository'; call = { Disconnect-BackupRepository -Name $at.Path @mode } }
        @{ command = 'Set-BackupRepository'; call = { Set-BackupRepository -Name $at.Name -NewName "$($at.Name)-new" @mode } }
        @{ command = 'Set-BackupRepository'; call = { Set-BackupRepository -Name $at.Name -Path $at.Path @mode } }
        @{ command = 'Remove-BackupRepository'; call = { Remove-BackupRepository -Name $at.Name -Force @mode } }
        @{ command = 'Remove-BackupRepository'; call = { Remove-BackupRepository -Name $at.Name -DeleteData -Force @mode } }
        @{ command = 'New-BackupPolicy'; call = { New-BackupPolicy -Name "$($at.Name)-new" -Source $tree -Repository $at.Name @mode } }
        @{ command = 'New-BackupPolicy'; call = { New-BackupPolicy -Name "$($at.Name)-new" -Source $tree -Repository $at.Path @mode } }
        @{ command = 'Set-BackupPolicy'; call = { Set-BackupPolicy -Name $at.Policy -KeepLast 2 @mode } }
        @{ command = 'Remove-BackupPolicy'; call = { Remove-BackupPolicy -Name $at.Policy @mode } }
        @{ command = 'Export-BackupPolicy'; call = { Export-BackupPolicy -Path "$TestRoot/$($at.Name).json" -Name $at.Policy @mode } }
        @{ command = 'Import-BackupPolicy'; call = { Export-BackupPolicy -Path "$TestRoot/$($at.Name).json" -Name $at.Policy; Import-BackupPolicy -Path "$TestRoot/$($at.Name).json" -Force @mode } }
        @{ command = 'Import-BackupPolicy'; call = { Export-BackupPolicy -Path "$TestRoot/$($at.Name).json" -Name $at.Policy; Import-BackupPolicy -Path "$TestRoot/$($at.Name).json" -Repository $at.Path -Force @mode } }
        @{ command = 'Invoke-Backup'; call = { Invoke-Backup -PolicyName $at.Policy @mode } }
        @{ command = 'Invoke-Backup'; call = { Invoke-Backup -LiteralPath $tree -Repository $at.Path @mode } }
        @{ command = 'Set-BackupSnapshot'; call = { Set-BackupSnapshot -SnapshotId $at.SnapshotId -Repository $at.Name -Tag x @mode } }
        @{ command = 'Remove-BackupSnapshot'; call = { Remove-BackupSnapshot -SnapshotId $at.SnapshotId -Repository $at.Name @mode } }
        @{ command = 'Remove-BackupSnapshot'; call = { Remove-BackupSnapshot -PolicyName $at.Policy -ApplyRetention @mode } }
        @{ command = 'Restore-Backup'; call = { Restore-Backup -SnapshotId $at.SnapshotId -Repository $at.Name -Destination "$TestRoot/out-$($at.Name)" @mode } }
        @{ command = 'Restore-Backup'; call = { Restore-Backup -SnapshotId $at.SnapshotId -Repository $at.Path -Destination "$TestRoot/out-$($at.Name)" -InPlace @mode } }
        @{ command = 'Restore-Backup'; call = { Restore-Backup -PolicyName $at.Policy -Latest -Destination "$TestRoot/out-$($at.Name)" @mode } }
        @{ command = 'Optimize-BackupRepository'; call = { Optimize-BackupRepository -Repository $at.Name @mode } }
    )
    Import-Module -Name (Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'BackupPS.psd1')
    $changing = @((Get-Command -Module BackupPS).Where{ $_.Parameters.ContainsKey('WhatIf') }.Name)
    $uncalled = @($changing | Where-Object { $_ -notin $calls.command })
    $called = foreach ($state in 'as it should be', 'locked', 'out of reach', 'damaged', 'replaced by another', 'with a held snapshot') { foreach ($one in $calls) { $one + @{ state = $state } } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    foreach ($name in 'vault', 'other') { $null = Initialize-TestRepository -Name $name }
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $policyFile = Join-Path $TestRoot 'policies.json'
    Export-BackupPolicy -Path $policyFile
    $script:made = 0
    $null = New-BackupPolicy -Name lost -Source (Join-Path $TestRoot 'no-such-source') -Repository vault
    $held = (Invoke-Backup -PolicyName web | Set-BackupSnapshot -Hold -PassThru).SnapshotId
}

AfterAll { Clear-TestRoot }

Describe 'Under -WhatIf' {
    It '<what> fails as it does without' -ForEach $failures {
        $seen = foreach ($mode in @{ WhatIf = $true }, @{ Confirm = $false }) {
            $before = Get-FolderState -Path $tree, (Join-Path $TestRoot 'repositories')
            $ErrorActionPreference = 'Stop'
            $record = try { $null = & $try 3>$null } catch { $_ }
            Get-FolderState -Path $tree, (Join-Path $TestRoot 'repositories') | Should -Be $before
            "$record" | Should -Not -BeNullOrEmpty -Because "$($mode.Keys)"
            ($record.FullyQualifiedErrorId -split ',')[0]
        }
        $seen[0] | Should -BeLike $id
        $seen[1] | Should -Be $seen[0]
        Join-Path $TestRoot 'fresh' | Should -Not -Exist
    }
}

Describe 'Every command that changes something' {
    It 'is called below' -ForEach @{ uncalled = $uncalled } { $uncalled | Should -BeNullOrEmpty }
}

Describe 'Of a repository that is <state>' -ForEach ($called | Group-Object -Property { $_.state } | ForEach-Object { @{ state = $_.Name; calls = $_.Group } }) {
    It '<command> says under -WhatIf what it says without: <call>' -ForEach $calls {
        $key = Get-TestKeyFile
        $number = ++$script:made
        $at = @{ Name = "r$number"; Policy = "p$number"; Path = Join-Path $TestRoot "repositories/r$number" }
        $null = Initialize-TestRepository -Name $at.Name
        $null = New-BackupPolicy -Name $at.Policy -Source $tree -Repository $at.Name -KeepLast 1
        $at.SnapshotId = (Invoke-Backup -PolicyName $at.Policy).SnapshotId
        switch ($state) {
            'locked' { Disconnect-BackupRepository -Name $at.Name }
            'out of reach' { Rename-Item -LiteralPath $at.Path -NewName "$($at.Name)-away" }
            'damaged' { [IO.File]::WriteAllText((Join-Path $at.Path 'repository.json'), '{') }
            'replaced by another' { Rename-Item -LiteralPath $at.Path -NewName "$($at.Name)-away"; $null = New-BackupRepository -Path $at.Path -KeyFile $key }
            'with a held snapshot' { Set-BackupSnapshot -SnapshotId $at.SnapshotId -Repository $at.Name -Hold }
        }
        $seen = foreach ($mode in @{ WhatIf = $true }, @{ Confirm = $false }) {
            $folders = @($at.Path, "$($at.Path)-away", $tree)
            $before = Get-FolderState -Path $folders
            $ErrorActionPreference = 'Stop'
            $record = try { $null = & $call 3>$null } catch { $_ }
            if ($mode.ContainsKey('WhatIf')) { Get-FolderState -Path $folders | Should -Be $before }
            if ($record) { "$(($record.FullyQualifiedErrorId -split ',')[0]): $($record.CategoryInfo.Category)" } else { 'no error' }
        }
        $seen[0] | Should -Be $seen[1]
    }
}
