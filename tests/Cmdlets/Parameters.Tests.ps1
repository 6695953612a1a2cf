# What DESIGN section 7 says of parameters before its twelve conventions, over every exported command by reflection: what names take, what Tab shows, and
# that nothing is ever asked.

BeforeDiscovery {
    Import-Module -Name (Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'BackupPS.psd1')
    $commands = Get-Command -Module BackupPS | ForEach-Object { @{ name = $_.Name; command = $_ } }
    $secretive = $commands | Where-Object { $_.command.Parameters.ContainsKey('Password') }
    $completers = (Get-Command -Module BackupPS).Parameters.Values.Attributes | Where-Object { $_ -is [ArgumentCompleter] -and $_.Type } | ForEach-Object Type | Sort-Object -Property FullName -Unique | ForEach-Object { @{ completer = $_; type = $_.Name } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    . (Join-Path $PSScriptRoot 'CommandArgument.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $vault = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $snapshot = Invoke-Backup -PolicyName web | Get-BackupSnapshot
}

AfterAll { Clear-TestRoot }

Describe 'Names' {
    It 'of repositories, policies and snapshots are taken in the same way by <name>' -ForEach $commands {
        foreach ($parameter in $command.Parameters.Values | Where-Object Name -In 'Repository', 'PolicyName', 'SnapshotId') {
            $because = "-$($parameter.Name)"
            $parameter.ParameterType | Should -BeIn ([string]), ([string[]]) -Because $because
            $kinds = $parameter.Attributes.ForEach{ $_.GetType().Name }
            # Tab; an object that carries the name; objects along the pipeline.
            $kinds | Should -Contain 'ArgumentCompleterAttribute' -Because $because
            if ($parameter.Name -ne 'SnapshotId') { $kinds | Should -Contain "$($parameter.Name -replace 'Name$')TransformationAttribute" -Because $because }
            # By value, whatever is piped would be made a string and taken for a name.
            $parameter.Attributes.Where{ $_ -is [Parameter] -and $_.ValueFromPipeline } | Should -BeNullOrEmpty -Because $because
            # An alias would bind what is not meant: a piped file has a Name and an Id is of anything.
            $parameter.Aliases | Should -BeNullOrEmpty -Because $because
        }
    }

    It 'of snapshots are taken from snapshots by <name>, and no snapshot is an error that says so' -ForEach ($commands | Where-Object { $_.command.Parameters.ContainsKey('SnapshotId') }) {
        $given = @{ SnapshotId = $snapshot; Repository = 'vault'; Destination = (Join-Path $TestRoot 'never'); WhatIf = $true }
        if ($command.Verb -eq 'Set') { $given.Tag = 'x' }
        $arguments = Get-CommandArgument -Command $command -Given $given -Path (Join-Path $tree 'plain.txt')
        # One alone cannot be compared: it says so, and not that there is no such snapshot.
        $null = & $name @arguments -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem | Where-Object FullyQualifiedErrorId -NotLike 'InvalidArgument,*CompareBackupSnapshotCommand' | Should -BeNullOrEmpty
        $arguments.SnapshotId = $null
        $problem = try { & $name @arguments -ErrorAction Stop } catch { $_ }
        $problem | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | ForEach-Object { $_.CategoryInfo.Category } | Should -Not -Be 'NotSpecified'
    }

    It 'of parameters are singular words, and what is yes or no is a switch: <name>' -ForEach $commands {
        $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
        foreach ($parameter in $command.Parameters.Values | Where-Object Name -NotIn $common) {
            $parameter.Name | Should -MatchExactly '^[A-Z][A-Za-z]+$'
            # The flags that are named for many things.
            if ($parameter.Name -notin 'ExcludeCaches', 'AllHosts') { $parameter.Name | Should -Not -MatchExactly '[^su]s$' }
            $parameter.ParameterType | Should -Not -Be ([bool]) -Because $parameter.Name
        }
    }

    It 'of choices count in any case: <name>' -ForEach $commands {
        foreach ($parameter in $command.Parameters.Values | Where-Object ParameterType -EQ ([string])) {
            $set = $parameter.Attributes.Where{ $_ -is [ValidateSet] }
            if (-not $set) { continue }
            $cmdlet = [Activator]::CreateInstance($command.ImplementingType)
            try {
                foreach ($value in $set[0].ValidValues) {
                    $cmdlet.($parameter.Name) = $value.ToUpperInvariant()
                    $cmdlet.($parameter.Name) | Should -BeExactly $value -Because "-$($parameter.Name)"
                }
            }
            finally { $cmdlet.Dispose() }
        }
    }
}

Describe 'Tab' {
    BeforeAll {
        # As PowerShell calls it, with what a user may have typed so far.
        function Get-Completion {
            param([type] $Completer, [string] $Word, [hashtable] $Bound = @{})
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $results = @([Activator]::CreateInstance($Completer).CompleteArgument('Get-BackupSnapshot', 'Any', $Word, $null, $Bound))
            $clock.Elapsed.TotalMilliseconds | Should -BeLessThan 200 -Because "'$Word' $($Bound.Keys)"
            $results | ForEach-Object { $_ | Should -BeOfType System.Management.Automation.CompletionResult }
            $results
        }
        $words = '', 'v', 'w', "'we", '"web', '*', '[', '[a', '`', "'", '../', '$x', "a`nb", [string][char]0xDCFF, ('x' * 5000), $snapshot.SnapshotId.Substring(0, 4)
        $bound = @{}, @{ Repository = 'vault'; PolicyName = 'web' }, @{ Repository = $vault; PolicyName = 5, $null }, @{ Repository = 'nowhere'; PolicyName = ''; SnapshotId = 'x' }
        $kept = $env:BACKUPPS_HOME
    }

    AfterEach { $env:BACKUPPS_HOME = $kept }

    It 'completes by <type> what there is, in time, whatever was typed' -ForEach $completers {
        foreach ($word in $words) { foreach ($so in $bound) { $null = Get-Completion -Completer $completer -Word $word -Bound $so } }
        @(Get-Completion -Completer $completer -Word '').Count | Should -BeGreaterThan 0
    }

    It 'shows nothing, in time, by <type> where the catalog <state>' -ForEach $(foreach ($one in $completers | Where-Object type -NE 'EncodingCompleter') {
            foreach ($state in 'is not there', 'is damaged', 'is a folder', 'has a file for its folder') { @{ completer = $one.completer; type = $one.type; state = $state } }
        }) {
        $away = Join-Path $TestRoot "home-$([guid]::NewGuid().ToString('N'))"
        switch ($state) {
            'is damaged' { $null = New-Item -ItemType Directory -Path $away; Set-Content -LiteralPath (Join-Path $away 'catalog.db') -Value ('no database ' * 1000) }
            'is a folder' { $null = New-Item -ItemType Directory -Path (Join-Path $away 'catalog.db') -Force }
            'has a file for its folder' { Set-Content -LiteralPath $away -Value 'x' }
        }
        $env:BACKUPPS_HOME = $away
        foreach ($word in '', 'v') { Get-Completion -Completer $completer -Word $word | Should -BeNullOrEmpty }
    }

    It 'does not wait, by <type>, for a catalog that another program holds' -ForEach $completers {
        $sqlite = [AppDomain]::CurrentDomain.GetAssemblies().Where{ $_.GetName().Name -eq 'Microsoft.Data.Sqlite' }[0]
        $connection = [Activator]::CreateInstance($sqlite.GetType('Microsoft.Data.Sqlite.SqliteConnection'), "Data Source=$(Join-Path $kept 'catalog.db');Pooling=False")
        try {
            $connection.Open()
            $command = $connection.CreateCommand()
            $command.CommandText = 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM runs WHERE 0'
            $null = $command.ExecuteNonQuery()
            $null = Get-Completion -Completer $completer -Word ''
            $command.CommandText = 'ROLLBACK'
            $null = $command.ExecuteNonQuery()
        }
        finally { $connection.Dispose() }
    }

    It 'is fast with many names and snapshots' {
        $env:BACKUPPS_HOME = Join-Path $TestRoot 'many'
        $null = New-BackupRepository -Name many -Path (Join-Path $TestRoot 'many-vault') -KeyFile (Get-TestKeyFile)
        1..110 | ForEach-Object { $null = Invoke-Backup -LiteralPath (Join-Path $tree 'plain.txt') -Repository many }
        @(Get-BackupSnapshot -Repository many).Count | Should -Be 110
        @(Get-Completion -Completer ([BackupPS.Cmdlets.SnapshotCompleter]) -Word '').Count | Should -Be 100
    }
}

Describe 'Nothing is ever asked' {
    BeforeAll {
        $locked = New-BackupRepository -Name locked -Path (Join-Path $TestRoot 'locked') -Password (Get-TestPassword)
        $null = New-BackupPolicy -Name locked -Source $tree -Repository locked
        $lockedId = (Invoke-Backup -PolicyName locked).SnapshotId
        Disconnect-BackupRepository -Name locked
        $given = @{ SnapshotId = $lockedId; Repository = 'locked'; PolicyName = 'locked'; Destination = (Join-Path $TestRoot 'never'); Tag = 'x'; Confirm = $false }
    }

    It 'by <name> of a repository that is locked: it is an error, with advice' -ForEach $secretive {
        # A host that cannot ask: a question would be an error of another kind.
        $pipeline = Get-TestPipeline -Script ''
        try {
            $pipeline.Commands.Clear()
            $null = $pipeline.AddCommand($name).AddParameters((Get-CommandArgument -Command $command -Given $given -Path $tree))
            $record = try { $null = $pipeline.Invoke(); $pipeline.Streams.Error[0] } catch { $_.Exception.InnerException.ErrorRecord }
        }
        finally { $pipeline.Runspace.Dispose(); $pipeline.Dispose() }
        ($record.FullyQualifiedErrorId -split ',')[0] | Should -BeIn 'RepositoryLocked', 'SecretMissing' -Because "$record"
        $record.ErrorDetails.RecommendedAction | Should -Match 'BACKUPPS_PASSWORD_FILE'
    }
}

Describe 'Records along the pipeline' {
    It 'are taken one by one by <name>: a bad one is told, and the next is taken' -ForEach ($commands | Where-Object { $_.command.Parameters.ContainsKey('SnapshotId') }) {
        $given = @{ SnapshotId = $snapshot.SnapshotId; Reference = $snapshot.SnapshotId; Destination = (Join-Path $TestRoot 'never'); WhatIf = $true }
        if ($command.Verb -eq 'Set') { $given.Tag = 'x' }
        $arguments = Get-CommandArgument -Command $command -Given $given -Piped 'SnapshotId', 'Repository' -Path (Join-Path $tree 'plain.txt')
        $bad = [pscustomobject]@{ SnapshotId = 'ffffffffffffffff'; Repository = 'vault' }
        $null = $bad, $snapshot, $bad | & $name @arguments -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.Count | Should -Be 2 -Because ($problem -join "`n")
        $problem.FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
    }
}
