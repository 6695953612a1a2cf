BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    # Two hosts with a policy of the same name in one repository. Hosts are told by the id in their home folder: both have the name of this machine here.
    $tree = Join-Path $TestRoot 'tree'
    $file = Join-Path $tree 'file'
    $null = New-Item -ItemType Directory -Path $tree
    $vaultPath = (Initialize-TestRepository -Name vault).Path
    $homes = @{ own = $env:BACKUPPS_HOME; other = (Join-Path $TestRoot 'home-other') }
    $id = @{}
    function Use-Host { param([string] $Name) $env:BACKUPPS_HOME = $homes[$Name]; $null = Connect-BackupRepository -Name vault -Path $vaultPath -KeyFile (Get-TestKeyFile) }
    foreach ($name in 'own', 'other') {
        Use-Host $name
        $null = New-BackupPolicy -Name nightly -Source $tree -Repository vault -KeepLast 1
        [IO.File]::WriteAllText($file, "of $name")
        Start-Sleep -Milliseconds 1100
        $id[$name] = (Invoke-Backup -PolicyName nightly).SnapshotId
    }
    Use-Host own
    function Get-Failure {
        param([scriptblock] $Script)
        $ErrorActionPreference = 'Stop'
        try { & $Script | Out-Null } catch { return $_ }
        throw "No error: $Script"
    }
    # Content that no snapshot has, to see what is written over it.
    function Reset-Tree {
        [IO.File]::WriteAllText($file, 'live')
        [IO.File]::WriteAllText((Join-Path $tree 'extra'), 'only here')
    }
}

AfterAll {
    $env:BACKUPPS_HOME = $homes.own
    Clear-TestRoot
}

Describe 'Two hosts with a policy of the same name' {
    BeforeEach { Reset-Tree }

    It 'lists both, with the host in the table, and counts -Last of this one' {
        (Get-BackupSnapshot -PolicyName nightly).SnapshotId | Should -Be $id.own, $id.other
        (Get-BackupSnapshot -PolicyName nightly -Last 1).SnapshotId | Should -Be $id.own
        (Get-BackupSnapshot -PolicyName nightly -Last 1 -AllHosts).SnapshotId | Should -Be $id.other
        (Get-BackupSnapshot -PolicyName nightly -HostName ([Environment]::MachineName) -Last 1).SnapshotId | Should -Be $id.other
        Get-BackupSnapshot -PolicyName nightly -HostName 'no such *' | Should -BeNullOrEmpty
        Get-BackupSnapshot -PolicyName nightly | Out-String -Width 120 | Should -Match 'HostName'
        (Get-Failure { Get-BackupSnapshot -HostName a -AllHosts }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Get-Failure { Get-BackupSnapshot -HostName '' }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError*'
    }

    It 'restores the own by policy: <name>' -ForEach @(
        @{ name = 'latest into a folder'; script = { Restore-Backup -PolicyName nightly -Latest -Destination $out } }
        @{ name = 'at a time into a folder'; script = { Restore-Backup -PolicyName nightly -At (Get-Date).AddDays(1) -Destination $out } }
        @{ name = 'latest over what is there'; script = { Restore-Backup -PolicyName nightly -Latest -Destination $out -Overwrite Always } }
        @{ name = 'latest in place'; script = { Restore-Backup -PolicyName nightly -Latest -Destination $out -InPlace -DeleteExtra } }
        @{ name = 'the last along the pipeline'; script = { Get-BackupSnapshot -PolicyName nightly -Last 1 | Restore-Backup -Destination $out -InPlace -DeleteExtra } }
        @{ name = 'latest of the drive'; script = { Get-Item -LiteralPath Backup:/vault/nightly/latest | Restore-Backup -Destination $out -InPlace } }
        @{ name = 'items along the pipeline'; script = { Get-BackupSnapshot -PolicyName nightly -Last 1 | Get-BackupItem -Recurse | Restore-Backup -Destination $out -Overwrite Always } }
    ) {
        $out = Join-Path $TestRoot "out-$([guid]::NewGuid().ToString('N'))"
        $result = & $script
        $result.Status, $result.SnapshotId, $result.HostName | Should -Be 'Complete', $id.own, ([Environment]::MachineName)
        [IO.File]::ReadAllText((Join-Path $out ($file -replace '^[/\\]|:'))) | Should -Be 'of own'
    }

    It 'refuses another host''s over files, unless it is named: <name>' -ForEach @(
        @{ name = 'in place'; arguments = @{ InPlace = $true } }
        @{ name = 'in place with -DeleteExtra'; arguments = @{ InPlace = $true; DeleteExtra = $true } }
        @{ name = '-Overwrite Always'; arguments = @{ Overwrite = 'Always' } }
        @{ name = '-Overwrite IfNewer'; arguments = @{ Overwrite = 'IfNewer' } }
        @{ name = '-Overwrite IfChanged'; arguments = @{ Overwrite = 'IfChanged' } }
    ) {
        if ($arguments.ContainsKey('DeleteExtra') -and -not $IsLinux) { Set-ItResult -Skipped -Because 'there is no -DeleteExtra here'; return }
        $out = @{ Destination = Join-Path $TestRoot "out-$([guid]::NewGuid().ToString('N'))" }
        $other = Get-BackupSnapshot -SnapshotId $id.other -AllHosts
        $piped = @(
            { $other | Restore-Backup @out @arguments }
            { $other | Restore-Backup @out @arguments -WhatIf }
            { Restore-Backup (Get-BackupSnapshot -SnapshotId $id.other) @out @arguments }
            { $other | Get-BackupItem -Recurse | Restore-Backup @out @arguments }
            { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($other)) | Restore-Backup @out @arguments }
            { Get-BackupSnapshot -PolicyName nightly | Where-Object SnapshotId -EQ $id.other | Restore-Backup @out @arguments }
        )
        foreach ($script in $piped) {
            (Get-Failure $script).FullyQualifiedErrorId | Should -BeLike 'OtherHost,*' -Because $script
            Test-Path -LiteralPath $out.Destination | Should -BeFalse
        }
        # By id, by host, and where nothing is written over.
        foreach ($script in { Restore-Backup -SnapshotId $id.other @out @arguments }, { $other | Restore-Backup -AllHosts @out @arguments }, { $other | Restore-Backup -HostName ([Environment]::MachineName) @out @arguments }, { Restore-Backup -PolicyName nightly -Latest -AllHosts @out @arguments }) {
            (& $script).SnapshotId | Should -Be $id.other -Because $script
        }
        ($other | Restore-Backup -Destination (Join-Path $TestRoot "out-$([guid]::NewGuid().ToString('N'))")).SnapshotId | Should -Be $id.other
        (Get-Failure { Restore-Backup -SnapshotId $id.other -HostName 'no such host' @out @arguments }).FullyQualifiedErrorId | Should -BeLike 'OtherHost,*'
        (Get-Failure { Restore-Backup -PolicyName nightly -Latest -HostName 'no such host' @out @arguments }).FullyQualifiedErrorId | Should -BeLike 'OtherHost,*'
    }

    It 'takes no host that no snapshot is of for all of them: <name>' -ForEach @(
        @{ name = 'Find-BackupItem'; code = 'ItemNotFound'; script = { Find-BackupItem -LiteralPath $file -PolicyName nightly @hosts } }
        @{ name = 'Find-BackupItem by id'; code = 'OtherHost'; script = { Get-BackupSnapshot -SnapshotId $id.own | Find-BackupItem -LiteralPath $file @hosts } }
        @{ name = 'Test-BackupIntegrity'; code = 'SnapshotNotFound'; script = { Test-BackupIntegrity -PolicyName nightly @hosts } }
        @{ name = 'Test-BackupIntegrity of a repository'; code = 'SnapshotNotFound'; script = { Test-BackupIntegrity -Repository vault @hosts } }
        @{ name = 'Test-BackupIntegrity by id'; code = 'OtherHost'; script = { Test-BackupIntegrity -SnapshotId $id.own @hosts } }
        @{ name = 'Restore-Backup'; code = 'OtherHost'; script = { Restore-Backup -PolicyName nightly -Latest -Destination (Join-Path $TestRoot 'nobody') @hosts } }
    ) {
        $hosts = @{ HostName = 'no such *' }
        (Get-Failure $script).FullyQualifiedErrorId | Should -BeLike "$code,*"
        $hosts = @{ HostName = [Environment]::MachineName; AllHosts = $true }
        (Get-Failure $script).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        foreach ($hosts in @{ HostName = [Environment]::MachineName.ToUpperInvariant() }, @{ AllHosts = $true }) { & $script | Should -Not -BeNullOrEmpty }
    }

    It 'says whose it has verified, and is about the whole repository where all hosts are meant' {
        $report = Test-BackupIntegrity -Repository vault -AllHosts
        $report.SnapshotCount, $report.ObjectCount, $report.HostName | Should -Be 2, (Test-BackupIntegrity -Repository vault).ObjectCount, ([Environment]::MachineName)
        Test-BackupIntegrity -PolicyName nightly -HostName 'no such *' -Quiet -ErrorAction SilentlyContinue | Should -BeFalse
    }

    It 'names the host in the plan' {
        $fresh = Invoke-FreshProcess -Environment @{ BACKUPPS_HOME = $homes.own } -Script "Restore-Backup -PolicyName nightly -Latest -Destination '$tree' -InPlace -KeyFile '$(Get-TestKeyFile)' -WhatIf; Remove-BackupSnapshot $($id.other) -WhatIf -Repository vault -KeyFile '$(Get-TestKeyFile)'"
        @(($fresh.Output -split '\r?\n') -match [regex]::Escape([Environment]::MachineName)).Count | Should -BeGreaterOrEqual 2 -Because ($fresh.Output + $fresh.ErrorText)
    }

    It 'changes and removes another host''s along the pipeline only where its host was named' {
        $listed = Get-BackupSnapshot -PolicyName nightly | Where-Object SnapshotId -EQ $id.other
        foreach ($script in { $listed | Set-BackupSnapshot -Tag x }, { $listed | Set-BackupSnapshot -Hold -WhatIf }, { $listed | Remove-BackupSnapshot -Confirm:$false }, { $listed | Remove-BackupSnapshot -WhatIf }, { Remove-BackupSnapshot $listed -Confirm:$false }, { Set-BackupSnapshot $listed -Tag x }, { $listed | Remove-BackupSnapshot -HostName 'no such host' -Confirm:$false }) {
            (Get-Failure $script).FullyQualifiedErrorId | Should -BeLike 'OtherHost,*' -Because $script
        }
        (Get-BackupSnapshot -SnapshotId $id.other).Tag | Should -BeNullOrEmpty
        Get-BackupSnapshot -SnapshotId $id.other -AllHosts | Set-BackupSnapshot -Tag listed
        Get-BackupSnapshot -SnapshotId $id.other | Set-BackupSnapshot -Tag (@((Get-BackupSnapshot -SnapshotId $id.other).Tag) + 'said') -AllHosts
        Set-BackupSnapshot -SnapshotId $id.other -Tag (@((Get-BackupSnapshot -SnapshotId $id.other).Tag) + 'id')
        (Get-BackupSnapshot -SnapshotId $id.other).Tag | Should -Be 'listed', 'said', 'id'
        Get-BackupSnapshot -SnapshotId $id.own | Set-BackupSnapshot -Tag own
        Use-Host other
        $more = @(foreach ($round in 1..3) { (Invoke-Backup -PolicyName nightly).SnapshotId })
        Use-Host own
        $more[0] | ForEach-Object { Get-BackupSnapshot -SnapshotId $_ -HostName '*' } | Remove-BackupSnapshot -Confirm:$false
        Get-BackupSnapshot -SnapshotId $more[1] | Remove-BackupSnapshot -HostName ([Environment]::MachineName) -Confirm:$false
        Remove-BackupSnapshot -SnapshotId $more[2] -Confirm:$false
        (Get-BackupSnapshot -PolicyName nightly).SnapshotId | Should -Be $id.own, $id.other
    }

    It 'applies retention to its own' {
        Remove-BackupSnapshot -PolicyName nightly -ApplyRetention -Confirm:$false
        (Get-BackupSnapshot -PolicyName nightly).SnapshotId | Should -Be $id.own, $id.other
        $decision = Remove-BackupSnapshot -PolicyName nightly -ApplyRetention -WhatIf
        $decision.SnapshotId, $decision.HostName | Should -Be $id.own, ([Environment]::MachineName)
    }
}

Describe 'After a disaster' {
    BeforeAll {
        $env:BACKUPPS_HOME = Join-Path $TestRoot 'home-new'
        $who = [Environment]::MachineName
    }
    AfterAll { Use-Host own }

    It 'restores by path, host and policy, of which this host knows none' {
        $out = Join-Path $TestRoot 'out-new'
        $key = @{ KeyFile = Get-TestKeyFile }
        (Get-Failure { Restore-Backup -Repository $vaultPath -PolicyName nightly -Latest -Destination $out @key }).FullyQualifiedErrorId | Should -BeLike 'OtherHost,*'
        $result = Restore-Backup -Repository $vaultPath -HostName $who -PolicyName nightly -Latest -Destination $out @key
        $result.SnapshotId, $result.Status | Should -Be $id.other, 'Complete'
        (Get-BackupSnapshot -Repository $vaultPath -HostName $who.ToUpperInvariant() -PolicyName nightly -Last 1 @key).SnapshotId | Should -Be $id.other
        (Get-Failure { Get-BackupSnapshot -PolicyName nightly -HostName $who -Last 1 }).FullyQualifiedErrorId | Should -BeLike 'PolicyNotFound,*'
        (Get-BackupSnapshot -Repository $vaultPath -PolicyName nightly -Last 1 @key -WarningVariable said -WarningAction SilentlyContinue).SnapshotId | Should -Be $id.other
        "$said" | Should -BeLike "*neither a policy 'nightly' nor a snapshot of it: the latest are of $who."
        foreach ($chosen in @{ HostName = $who }, @{ AllHosts = $true }) {
            (Get-BackupSnapshot -Repository $vaultPath -PolicyName nightly -Last 1 @key @chosen -WarningVariable said -WarningAction SilentlyContinue).SnapshotId | Should -Be $id.other
            $said | Should -BeNullOrEmpty
        }
        $last = Get-BackupSnapshot -Repository $vaultPath -PolicyName nightly -Last 1 @key -WarningAction SilentlyContinue
        foreach ($write in { $last | Restore-Backup -Destination $out -InPlace @key }, { $last | Set-BackupSnapshot -Tag x @key }, { $last | Remove-BackupSnapshot -Confirm:$false @key }) {
            (Get-Failure $write).FullyQualifiedErrorId | Should -BeLike 'OtherHost,*' -Because $write
        }
        $null = Connect-BackupRepository -Name again -Path $vaultPath @key
        (Get-BackupSnapshot -PolicyName nightly -HostName $who -Last 1).SnapshotId | Should -Be $id.other
        (Get-BackupSnapshot -PolicyName nightly).SnapshotId | Should -Be $id.own, $id.other
    }
}

Describe 'Hosts as folders of the drive' -Skip:(-not $IsLinux) {
    BeforeAll {
        Use-Host own
        # Other names need another name space of the system.
        $able = (Get-Command -Name unshare -CommandType Application -ErrorAction Ignore) -and ((& unshare -u true 2>&1) -or $LASTEXITCODE -eq 0) -and $LASTEXITCODE -eq 0
        $hosts = 'alpha', 'db', 'beef'
        if ($able) {
            foreach ($name in $hosts) {
                $running = Get-RunningHost
                $script = Join-Path $TestRoot "host-$name.ps1"
                Set-Content -LiteralPath $script -Value "Import-Module -Name '$Manifest'", "`$null = Connect-BackupRepository -Name vault -Path '$vaultPath' -KeyFile '$(Get-TestKeyFile)'", "`$null = New-BackupPolicy -Name many -Source '$tree' -Repository vault", "[IO.File]::WriteAllText('$file', '$name')", '(Invoke-Backup -PolicyName many).SnapshotId'
                $made = & unshare -u bash -c "hostname $name && BACKUPPS_HOME='$TestRoot/home-$name' '$($running.Program)' $($running.Leading) -NoProfile -NonInteractive -File '$script'"
                $id[$name] = @($made)[-1]
                Start-Sleep -Milliseconds 1100
            }
        }
    }

    It 'shows them where there are several, and their snapshots below' {
        if (-not $able) { Set-ItResult -Skipped -Because 'unshare -u is not there or not allowed'; return }
        $folders = Get-ChildItem -LiteralPath Backup:/vault/many
        $folders.PSChildName | Should -Be 'alpha', '@beef', 'db'
        $folders.HostName | Should -Be 'alpha', 'beef', 'db'
        $folders.PSIsContainer | Should -Not -Contain $false
        foreach ($folder in $folders) {
            (Get-ChildItem -LiteralPath $folder.PSPath).SnapshotId | Should -Be $id[$folder.HostName]
            (Get-Item -LiteralPath "Backup:/vault/many/$($folder.PSChildName)/latest").SnapshotId | Should -Be $id[$folder.HostName]
            (Get-Item -LiteralPath "Backup:/vault/many/$($id[$folder.HostName])").HostName | Should -Be $folder.HostName
            Get-Content -LiteralPath "Backup:/vault/many/$($folder.PSChildName)/latest$file" | Should -Be $folder.HostName
        }
        (Get-Item -Path Backup:/vault/many/*/latest).HostName | Sort-Object | Should -Be 'alpha', 'beef', 'db'
        Test-Path -LiteralPath Backup:/vault/many/none | Should -BeFalse
        Test-Path -LiteralPath "Backup:/vault/many/alpha/$($id['db'])" | Should -BeFalse
        $all = Get-ChildItem -LiteralPath Backup:/vault/many -Recurse
        @($all.PSPath | Sort-Object -Unique).Count | Should -Be $all.Count
        ($all.Where{ $_ -is [BackupPS.BackupItem] -and $_.Name -eq 'file' }).Count | Should -Be 3
        # One host alone has no folder in the listing, and is found by its name all the same.
        (Get-ChildItem -LiteralPath Backup:/vault/nightly).SnapshotId | Should -Be $id.own, $id.other
        (Get-Item -LiteralPath "Backup:/vault/nightly/$([Environment]::MachineName)/latest").SnapshotId | Should -Be $id.other
        (Get-BackupSnapshot -PolicyName many -Repository vault -HostName 'a*', db).HostName | Should -Be 'alpha', 'db'
    }

    It 'are found and verified by their names' {
        if (-not $able) { Set-ItResult -Skipped -Because 'unshare -u is not there or not allowed'; return }
        (Find-BackupItem -LiteralPath $file -PolicyName many -Repository vault).HostName | Sort-Object | Should -Be 'alpha', 'beef', 'db'
        (Find-BackupItem -LiteralPath $file -PolicyName many -Repository vault -HostName 'A*', db).SnapshotId | Sort-Object | Should -Be ($id.alpha, $id.db | Sort-Object)
        @(Find-BackupItem -LiteralPath $file -HostName beef).SnapshotId | Should -Be $id.beef
        (Get-Failure { Get-BackupSnapshot -SnapshotId $id.db | Find-BackupItem -LiteralPath $file -HostName alpha }).FullyQualifiedErrorId | Should -BeLike 'OtherHost,*'
        $report = Test-BackupIntegrity -PolicyName many -Repository vault -HostName 'a*', DB -Level Data
        $report.Status, $report.SnapshotCount | Should -Be 'Passed', 2
        $report.HostName | Should -Be 'alpha', 'db'
        (Test-BackupIntegrity -Repository vault -HostName beef -Level Restore).HostName | Should -Be 'beef'
        (Test-BackupIntegrity -PolicyName many -Repository vault).HostName | Should -Be 'alpha', 'beef', 'db'
        (Get-BackupSnapshot -PolicyName many -Repository vault -Last 2 -WarningVariable said -WarningAction SilentlyContinue).Count | Should -Be 2
        "$said" | Should -BeLike '*the latest are of beef, db.'
    }
}
